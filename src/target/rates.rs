//! How often a run calls the APIs that many share: a share of what AWS documents for an account and a region.

use std::collections::BTreeMap;
use std::time::Duration;

use bigdecimal::{BigDecimal, ToPrimitive as _, Zero as _};

use super::project::Account;
use crate::diagnostic::Problem;
use crate::yaml::field::{Field, Fields, Shape, Table};

/// A token bucket: how long one call takes to come back, and how many may be made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The time in which one call is refilled.
    pub every: Duration,
    /// Calls that a full bucket holds; at least 1.
    pub burst: u32,
}

/// The rates of a run.
#[derive(Debug, Clone)]
pub struct Rates {
    otherwise: Otherwise,
    /// `limits: {api_rates: …}`.
    given: BTreeMap<String, Rate>,
}

/// The rate of an API that the target gives none for.
#[derive(Debug, Clone)]
enum Otherwise {
    /// A share of what AWS documents for the region.
    Share { large: bool, share: BigDecimal },
    /// The server is this run's own: only what keeps a loop of ours from running wild.
    Own,
}

/// An API's quota: bucket and refill a second in the large regions, and in all others.
struct Quota {
    api: &'static str,
    large: (u32, u32),
    other: (u32, u32),
}

const fn everywhere(api: &'static str, bucket: u32, refill: u32) -> Quota {
    Quota { api, large: (bucket, refill), other: (bucket, refill) }
}

/// Regions where Step Functions has higher quotas (Step Functions developer guide, "Quotas related to API action throttling").
const LARGE_REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

/// From the developer guides' pages of quotas: Step Functions "API action throttling" (bucket and refill), Athena "Per account API
/// call quotas" (burst and calls a second), Lambda "API requests" (15 a second over all of the control plane).
const QUOTAS: [Quota; 16] = [
    Quota { api: "StartExecution", large: (1300, 300), other: (800, 150) },
    Quota { api: "DescribeExecution", large: (300, 15), other: (250, 10) },
    everywhere("GetExecutionHistory", 400, 20),
    Quota { api: "StopExecution", large: (1000, 200), other: (500, 25) },
    Quota { api: "ListExecutions", large: (200, 5), other: (100, 2) },
    everywhere("DescribeStateMachine", 200, 20),
    everywhere("DescribeStateMachineForExecution", 200, 1),
    everywhere("DescribeMapRun", 200, 1),
    everywhere("ListMapRuns", 100, 1),
    everywhere("StartQueryExecution", 80, 20),
    everywhere("StopQueryExecution", 80, 20),
    everywhere("GetQueryExecution", 200, 100),
    everywhere("BatchGetQueryExecution", 40, 20),
    everywhere("GetQueryResults", 200, 100),
    everywhere("GetTableMetadata", 50, 10),
    everywhere("GetFunctionConfiguration", 15, 15),
];
/// For an API that is not listed.
const UNLISTED: (u32, u32) = (30, 15);

/// What a run takes of it, by default.
pub(super) const SHARE: &str = "0.33";

/// At a server of the run's own.
const OWN: Rate = Rate { every: Duration::from_millis(1), burst: 1000 };

macro_rules! api {
    ($name:literal, $doc:literal) => {
        Field::optional($name, Shape::Number, $doc)
    };
}

/// `limits: {api_rates: …}`.
pub(super) static API_RATES: Table = Table::new(
    "target.limits.api_rates",
    "Calls a second that a run makes of an API at most. In parentheses the quota that a share is taken of, as known: bucket and refill a second, first for \
     us-east-1, us-west-2 and eu-west-1, then for other regions where they differ.",
    &[
        api!("StartExecution", "Step Functions (1300/300, 800/150)."),
        api!("DescribeExecution", "Step Functions: looks at executions (300/15, 250/10)."),
        api!("GetExecutionHistory", "Step Functions (400/20)."),
        api!("StopExecution", "Step Functions (1000/200, 500/25)."),
        api!("ListExecutions", "Step Functions (200/5, 100/2)."),
        api!("DescribeStateMachine", "Step Functions (200/20)."),
        api!("DescribeStateMachineForExecution", "Step Functions (200/1)."),
        api!("DescribeMapRun", "Step Functions (200/1)."),
        api!("ListMapRuns", "Step Functions (100/1)."),
        api!("StartQueryExecution", "Athena (80/20)."),
        api!("StopQueryExecution", "Athena (80/20)."),
        api!("GetQueryExecution", "Athena: looks at a single query (200/100)."),
        api!("BatchGetQueryExecution", "Athena: looks at up to 50 queries (40/20)."),
        api!("GetQueryResults", "Athena (200/100)."),
        api!("GetTableMetadata", "Athena (50/10)."),
        api!("GetFunctionConfiguration", "Lambda (15/15, over all of its control plane)."),
    ],
);

impl Rates {
    /// The rates of a target: by `limits`, by its region, and by whose server it is.
    pub(super) fn of_target(account: &Account, limits: Option<Fields<'_>>, problems: &mut Vec<Problem>) -> Self {
        let given = limits.and_then(|limits| limits.table("api_rates"));
        let given = given.map(|rates| given_rates(&rates, problems)).unwrap_or_default();
        let share = limits.and_then(|limits| share(&limits, problems));
        let region = match account {
            Account::Sandbox { .. } => crate::sandbox::DEFAULT_REGION,
            Account::Aws { region, .. } => region,
        };
        let is_own = matches!(account, Account::Sandbox { .. } | Account::Aws { endpoint: Some(_), .. });
        let otherwise = match share {
            None if is_own => Otherwise::Own,
            share => {
                Otherwise::Share { large: LARGE_REGIONS.contains(&region), share: share.unwrap_or_else(default_share) }
            }
        };
        Self { otherwise, given }
    }

    /// The rates at a server of the run's own.
    pub fn own() -> Self {
        Self { otherwise: Otherwise::Own, given: BTreeMap::new() }
    }

    /// The rates in an account, as they are by default.
    pub fn of_account(region: &str) -> Self {
        let otherwise = Otherwise::Share { large: LARGE_REGIONS.contains(&region), share: default_share() };
        Self { otherwise, given: BTreeMap::new() }
    }

    /// The rate of an API.
    pub fn of(&self, api: &str) -> Rate {
        self.given.get(api).copied().unwrap_or_else(|| match &self.otherwise {
            Otherwise::Own => OWN,
            Otherwise::Share { large, share } => part(documented(api, *large), share),
        })
    }
}

fn default_share() -> BigDecimal {
    BigDecimal::new(33.into(), 2)
}

/// Bucket and refill.
fn documented(api: &str, large: bool) -> (u32, u32) {
    let quota = QUOTAS.iter().find(|quota| quota.api == api);
    quota.map_or(UNLISTED, |quota| if large { quota.large } else { quota.other })
}

fn part((bucket, refill): (u32, u32), share: &BigDecimal) -> Rate {
    let burst = (BigDecimal::from(bucket) * share).to_u32().unwrap_or(u32::MAX).max(1);
    Rate { every: time_of_one(&(BigDecimal::from(refill) * share)), burst }
}

/// The time of one call at so many a second.
fn time_of_one(per_second: &BigDecimal) -> Duration {
    const SECOND: u64 = 1_000_000_000;
    let nanoseconds = (BigDecimal::from(SECOND) / per_second).to_u64();
    Duration::from_nanos(nanoseconds.unwrap_or(u64::MAX).max(1))
}

fn share(limits: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<BigDecimal> {
    let share = limits.has("api_share").then(|| limits.number("api_share")).flatten()?;
    let whole: BigDecimal = 1.into();
    if share > BigDecimal::zero() && share <= whole {
        return Some(share);
    }
    let problem = Problem::error("`api_share` must be above 0 and at most 1", limits.span_of("api_share"));
    problems.push(problem.with_help("0.33 leaves two thirds of the account's rates to everybody else"));
    None
}

fn given_rates(rates: &Fields<'_>, problems: &mut Vec<Problem>) -> BTreeMap<String, Rate> {
    let mut given = BTreeMap::new();
    for field in API_RATES.fields.iter().filter(|field| rates.has(field.name)) {
        let Some(per_second) = rates.number(field.name) else { continue };
        if per_second <= BigDecimal::zero() {
            let problem = Problem::error(format!("`{}` must be above 0", field.name), rates.span_of(field.name));
            problems.push(problem.with_help("calls a second: 0.5 is one every two seconds"));
            continue;
        }
        let burst = per_second.to_u32().unwrap_or(u32::MAX).max(1);
        given.insert(field.name.to_owned(), Rate { every: time_of_one(&per_second), burst });
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::field::check;
    use crate::yaml::parse_bytes;
    use test_case::test_case;

    #[test_case("eu-west-1", "DescribeExecution", 99, 202; "a large region")]
    #[test_case("eu-central-1", "DescribeExecution", 82, 303; "another region")]
    #[test_case("eu-central-1", "DescribeMapRun", 66, 3030; "less than one a second")]
    #[test_case("eu-central-1", "SomethingNew", 9, 202; "an API that is not listed")]
    fn a_run_takes_a_third_of_bucket_and_refill(region: &str, api: &str, burst: u32, every_ms: u128) {
        let rate = Rates::of_account(region).of(api);
        assert_eq!((rate.burst, rate.every.as_millis()), (burst, every_ms));
    }

    #[test]
    fn each_documented_api_can_be_given_a_rate() {
        let fields: Vec<&str> = API_RATES.fields.iter().map(|field| field.name).collect();
        assert_eq!(fields, QUOTAS.map(|quota| quota.api));
    }

    /// The rate of `DescribeExecution` with these limits, or the problems.
    fn rate(account: &Account, limits: &str) -> Result<(u32, u128), Vec<String>> {
        let node = parse_bytes("shakedown.yaml", limits.as_bytes()).unwrap();
        let mut problems = Vec::new();
        check(&node, &crate::target::table::LIMITS, &mut problems);
        let rates = Rates::of_target(account, Some(Fields::new(&node, &crate::target::table::LIMITS)), &mut problems);
        let rate = rates.of("DescribeExecution");
        let texts: Vec<String> = problems.iter().map(|problem| crate::diagnostic::render_one(problem, false)).collect();
        if texts.is_empty() { Ok((rate.burst, rate.every.as_millis())) } else { Err(texts) }
    }

    fn account(endpoint: Option<&str>) -> Account {
        Account::Aws {
            account: "111122223333".into(),
            region: "eu-central-1".into(),
            role: None,
            external_id: None,
            endpoint: endpoint.map(str::to_owned),
        }
    }

    #[test_case(None, "{}", 82, 303; "a third by default")]
    #[test_case(None, "{api_share: 0.1}", 25, 1000; "a share of its own")]
    #[test_case(None, "{api_rates: {DescribeExecution: 5}}", 5, 200; "a rate of its own")]
    #[test_case(None, "{api_rates: {DescribeExecution: 0.5}}", 1, 2000; "less than one a second")]
    #[test_case(Some("http://127.0.0.1:4566"), "{}", 1000, 1; "an emulator is nobody else's")]
    #[test_case(Some("http://127.0.0.1:4566"), "{api_share: 1}", 250, 100; "unless a share is asked for")]
    fn a_target_has_its_rates(endpoint: Option<&str>, limits: &str, burst: u32, every_ms: u128) {
        assert_eq!(rate(&account(endpoint), limits), Ok((burst, every_ms)));
    }

    #[test_case("{api_rates: {DescribeExecutions: 5}}", "DescribeExecution"; "did you mean")]
    #[test_case("{api_rates: {DescribeExecution: 0}}", "must be above 0")]
    #[test_case("{api_rates: {DescribeExecution: fast}}", "a number")]
    #[test_case("{api_share: 2}", "at most 1")]
    #[test_case("{api_share: 0}", "above 0")]
    fn what_is_no_rate_is_a_problem(limits: &str, expected: &str) {
        let problems = rate(&account(None), limits).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
    }
}
