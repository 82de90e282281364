//! The names of functions: what the sandbox has, what only Athena has, and what nobody has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::aggregates::{self, NATIVE};
use super::{lambdas, registry};

/// What a function's name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The sandbox has it, under this name in DataFusion.
    As(String),
    /// Athena has it, the sandbox has not.
    AthenaOnly,
    /// Not a function of Athena's.
    Unknown,
}

/// Other names of the functions.
const ALIASES: &[(&str, &str)] =
    &[("ceil", "ceiling"), ("pow", "power"), ("rand", "random"), ("map", "$map"), ("substring", "substr")];

/// Functions whose meaning the dialect writes in other terms.
const REWRITTEN: &[&str] = &[
    "if",
    "try",
    "coalesce",
    "nullif",
    "row",
    "listagg",
    "now",
    "trim",
    "ltrim",
    "rtrim",
    "current_date",
    "current_timestamp",
    "localtimestamp",
];

/// Functions of Athena's (Trino's documentation) that the sandbox refuses by name.
const ATHENA_ONLY: &[&str] = &[
    "approx_most_frequent",
    "approx_set",
    "bar",
    "beta_cdf",
    "bing_tile",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "bitwise_right_shift_arithmetic",
    "cosine_similarity",
    "checksum",
    "classify",
    "color",
    "convex_hull_agg",
    "empty_approx_set",
    "evaluate_classifier_predictions",
    "features",
    "format_number",
    "geometry_from_hadoop_shape",
    "geometry_union",
    "hmac_md5",
    "hmac_sha1",
    "hmac_sha256",
    "hmac_sha512",
    "human_readable_seconds",
    "index",
    "inverse_beta_cdf",
    "inverse_normal_cdf",
    "jaccard_index",
    "json_array",
    "json_array_get",
    "json_exists",
    "json_object",
    "json_query",
    "json_value",
    "kurtosis",
    "learn_classifier",
    "learn_regressor",
    "line_locate_point",
    "make_set_digest",
    "map_zip_with",
    "merge",
    "merge_set_digest",
    "multimap_from_entries",
    "murmur3",
    "normal_cdf",
    "normalize",
    "numeric_histogram",
    "parse_data_size",
    "parse_duration",
    "parse_presto_data_size",
    "qdigest_agg",
    "quantile_at_value",
    "reduce_agg",
    "regr_count",
    "regress",
    "render",
    "rgb",
    "sha1",
    "shuffle",
    "simplify_geometry",
    "skewness",
    "soundex",
    "split_to_multimap",
    "spooky_hash_v2_32",
    "spooky_hash_v2_64",
    "st_area",
    "st_contains",
    "st_distance",
    "st_geometryfromtext",
    "st_intersects",
    "st_point",
    "st_within",
    "tdigest_agg",
    "timezone_hour",
    "timezone_minute",
    "to_ieee754_32",
    "to_ieee754_64",
    "from_ieee754_32",
    "from_ieee754_64",
    "to_big_endian_32",
    "from_big_endian_32",
    "to_milliseconds",
    "value_at_quantile",
    "values_at_quantiles",
    "wilson_interval_lower",
    "wilson_interval_upper",
    "word_stem",
    "from_iso8601_timestamp_nanos",
    "from_unixtime_nanos",
    "from_base32",
    "to_base32",
    "version",
    "current_user",
    "contains_sequence",
    "localtime",
    "current_time",
];

static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let own = registry::row_functions().into_iter().map(|function| function.into_udf().name().to_owned());
    let lambdas = lambdas::functions().into_iter().map(|function| function.name().to_owned());
    let aggregates = aggregates::functions().into_iter().map(|function| function.name().to_owned());
    let same = own.chain(lambdas).chain(aggregates).chain(REWRITTEN.iter().map(|name| (*name).to_owned()));
    let same = same.filter(|name| !name.starts_with('$')).map(|name| (name.clone(), name));
    let renamed = NATIVE.iter().chain(ALIASES).map(|(name, native)| ((*name).to_owned(), (*native).to_owned()));
    same.chain(renamed).collect()
});

/// What the name (in lower case) stands for.
pub fn find(name: &str) -> Known {
    if super::dates::is_field(name) {
        return Known::As(name.to_owned());
    }
    match NAMES.get(name) {
        Some(native) => Known::As(native.clone()),
        None if ATHENA_ONLY.contains(&name) => Known::AthenaOnly,
        None => Known::Unknown,
    }
}
