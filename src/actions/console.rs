//! The consoles of AWS, for links in reports.

/// The host of a region's console, in the partitions whose consoles are known. One that is not known is not made up.
pub(super) fn host(partition: &str, region: &str) -> Option<String> {
    match partition {
        "aws" => Some(format!("{region}.console.aws.amazon.com")),
        "aws-cn" => Some(format!("{region}.console.amazonaws.cn")),
        "aws-us-gov" => Some(format!("{region}.console.amazonaws-us-gov.com")),
        _ => None,
    }
}
