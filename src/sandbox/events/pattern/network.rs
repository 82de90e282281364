//! Ranges of addresses: `10.0.0.0/24`, `2001:db8::/32`.

use std::net::IpAddr;

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads CIDR notation; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let (first, bits) = (address.parse().ok()?, bits.parse().ok()?);
        let most = if matches!(first, IpAddr::V4(_)) { 32 } else { 128 };
        (bits <= most).then_some(Self { first, bits })
    }

    /// Whether the text is an address of this network.
    pub fn holds(&self, text: &str) -> bool {
        match (self.first, text.parse()) {
            (IpAddr::V4(first), Ok(IpAddr::V4(other))) => {
                let differing = first.to_bits() ^ other.to_bits();
                differing.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), Ok(IpAddr::V6(other))) => {
                let differing = first.to_bits() ^ other.to_bits();
                differing.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}
