//! Places that no system is at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an IP address leads to no system: nowhere, to everybody, or to the cloud's own services on the link.
///
/// Metadata: AWS 169.254.169.254 and `fd00:ec2::254`, credentials of containers 169.254.170.2, 169.254.170.23 and
/// `fd00:ec2::23` (EC2 and EKS user guides); Alibaba Cloud 100.100.100.200; Oracle Cloud's 192.0.0.192; Azure's host
/// 168.63.129.16 (each vendor's documentation of instance metadata).
pub fn is_forbidden(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_forbidden_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(v4) => is_forbidden_v4(v4),
            None => is_forbidden_v6(ip),
        },
    }
}

/// Whether a name is that of a metadata service.
pub fn is_forbidden_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    matches!(
        name.as_str(),
        "metadata"
            | "metadata.google.internal"
            | "metadata.goog"
            | "instance-data"
            | "instance-data.ec2.internal"
    )
}

fn is_forbidden_v4(ip: Ipv4Addr) -> bool {
    ip.is_link_local()
        || ip.octets()[0] == 0
        || ip.is_multicast()
        || ip.is_broadcast()
        || [
            Ipv4Addr::new(100, 100, 100, 200),
            Ipv4Addr::new(192, 0, 0, 192),
            Ipv4Addr::new(168, 63, 129, 16),
        ]
        .contains(&ip)
}

fn is_forbidden_v6(ip: Ipv6Addr) -> bool {
    ip.is_unicast_link_local()
        || ip.is_unspecified()
        || ip.is_multicast()
        || ip.segments()[..2] == [0xfd00, 0x0ec2]
}

/// The address of version 4 that one of version 6 stands for: mapped or compatible (RFC 4291 section 2.5.5), translated
/// (RFC 6052 section 2.1), 6to4 (RFC 3056 section 2).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let at = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(at(high, low)),
        _ => None,
    }
}
