//! Where virtual environments are kept between runs unless the caller says otherwise.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_CACHE_HOME/shakedown` or `~/.cache/shakedown`; `None` when neither variable is set. `variable` reads the environment.
pub fn default_cache_dir(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    // The specification says to ignore relative paths here.
    let cache = set("XDG_CACHE_HOME").filter(|it| it.is_absolute());
    cache.or_else(|| set("HOME").map(|it| it.join(".cache"))).map(|it| it.join("shakedown"))
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    #[test_case(Some("/c"), Some("/h") => Some(PathBuf::from("/c/shakedown")))]
    #[test_case(None, Some("/h") => Some(PathBuf::from("/h/.cache/shakedown")))]
    #[test_case(Some("relative"), Some("/h") => Some(PathBuf::from("/h/.cache/shakedown")))]
    #[test_case(None, None => None)]
    fn the_cache_is_where_xdg_says(cache: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
        default_cache_dir(|name| if name == "HOME" { home } else { cache }.map(OsString::from))
    }
}
