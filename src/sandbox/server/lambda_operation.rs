//! The name of a Lambda operation, which its REST paths do not carry; for the counter of calls.

use http::Method;

/// The operation behind a method and a path; the method and path where it is none that we know.
pub fn name(method: &Method, path: &str) -> String {
    let rest = path.trim_matches('/').split('/').skip(2).collect::<Vec<_>>();
    let known = match (method.as_str(), rest.as_slice()) {
        ("POST", []) => "CreateFunction",
        ("GET", []) => "ListFunctions",
        ("GET", [_]) => "GetFunction",
        ("DELETE", [_]) => "DeleteFunction",
        ("POST", [_, "invocations"]) => "Invoke",
        ("GET", [_, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", [_, "configuration"]) => "UpdateFunctionConfiguration",
        ("PUT", [_, "code"]) => "UpdateFunctionCode",
        ("GET", [_, "versions"]) => "ListVersionsByFunction",
        ("POST", [_, "versions"]) => "PublishVersion",
        ("GET", [_, "aliases"]) => "ListAliases",
        ("POST", [_, "aliases"]) => "CreateAlias",
        ("GET", [_, "aliases", _]) => "GetAlias",
        ("PUT", [_, "aliases", _]) => "UpdateAlias",
        ("DELETE", [_, "aliases", _]) => "DeleteAlias",
        _ => return format!("{method} {path}"),
    };
    known.to_owned()
}
