//! The operations that are served, by method and path.

use axum::Router;
use axum::routing::{get, post, put};

use super::{functions, invoke, unsupported, versions};
use crate::sandbox::lambda::Lambda;

/// Lambda's API of 2015-03-31. Everything else is refused with the name of its operation.
pub fn router(lambda: Lambda) -> Router {
    let aliases = get(versions::list_aliases).post(versions::create_alias);
    let alias = get(versions::get_alias).put(versions::update_alias).delete(versions::delete_alias);
    let function = Router::new()
        .route("/", get(functions::get).delete(functions::delete))
        .route("/configuration", get(functions::get_configuration).put(functions::update_configuration))
        .route("/code", put(functions::update_code))
        .route("/versions", get(versions::list).post(versions::publish))
        .route("/aliases", aliases)
        .route("/aliases/{alias}", alias)
        .route("/invocations", post(invoke::invoke));
    let functions = get(functions::list).post(functions::create);
    Router::new()
        .route("/2015-03-31/functions", functions.clone())
        .route("/2015-03-31/functions/", functions)
        .nest("/2015-03-31/functions/{function}", function)
        .fallback(unsupported::refuse)
        .method_not_allowed_fallback(unsupported::refuse)
        .with_state(lambda)
}
