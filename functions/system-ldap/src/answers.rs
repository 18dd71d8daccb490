//! What a server's result codes mean (RFC 4511 appendix A).

use latchkey_systems::{Fault, Faults};
use ldap3::LdapResult;

/// Result codes that Latchkey looks at.
pub(crate) mod code {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const OPERATIONS_ERROR: u32 = 1;
    pub(crate) const TIME_LIMIT: u32 = 3;
    pub(crate) const SIZE_LIMIT: u32 = 4;
    pub(crate) const AUTH_METHOD: u32 = 7;
    pub(crate) const STRONGER_AUTH: u32 = 8;
    pub(crate) const REFERRAL: u32 = 10;
    pub(crate) const ADMIN_LIMIT: u32 = 11;
    pub(crate) const CONFIDENTIALITY: u32 = 13;
    pub(crate) const NO_SUCH_ATTRIBUTE: u32 = 16;
    pub(crate) const UNDEFINED_TYPE: u32 = 17;
    pub(crate) const CONSTRAINT: u32 = 19;
    pub(crate) const VALUE_EXISTS: u32 = 20;
    pub(crate) const NO_SUCH_OBJECT: u32 = 32;
    pub(crate) const INAPPROPRIATE_AUTH: u32 = 48;
    pub(crate) const INVALID_CREDENTIALS: u32 = 49;
    pub(crate) const NO_RIGHTS: u32 = 50;
    pub(crate) const BUSY: u32 = 51;
    pub(crate) const UNAVAILABLE: u32 = 52;
    pub(crate) const UNWILLING: u32 = 53;
    pub(crate) const CLASS_VIOLATION: u32 = 65;
    pub(crate) const EXISTS: u32 = 68;
    pub(crate) const OTHER: u32 = 80;
}

/// What an answer that is no success means. `what` says what was tried, without anybody's name.
pub(crate) fn fault(system: &str, what: &str, answer: &LdapResult) -> Fault {
    let said = said(&answer.text);
    let problem = format!("{what} is answered with {}{said}", named(answer.rc));
    match answer.rc {
        code::BUSY | code::TIME_LIMIT => system.busy(None),
        code::UNAVAILABLE | code::OTHER => system.unreachable(problem),
        // Active Directory says so when nobody has signed in on the connection.
        code::OPERATIONS_ERROR if answer.text.contains("bind must be completed") => {
            system.unauthorized(problem)
        }
        code::STRONGER_AUTH | code::CONFIDENTIALITY => system.unauthorized(format!(
            "{problem}: it wants an encrypted connection, so use ldaps:// or the setting start_tls"
        )),
        code::AUTH_METHOD | code::INAPPROPRIATE_AUTH | code::INVALID_CREDENTIALS => {
            system.unauthorized(problem)
        }
        // Of one entry: what protects administrators reaches no other (MS-ADTS 3.1.1.6.1, AdminSDHolder).
        code::NO_RIGHTS => system.forbidden(problem),
        code::SIZE_LIMIT | code::ADMIN_LIMIT => {
            system.rejected(format!("{problem}; lift the limit for Latchkey's account"))
        }
        code::EXISTS => system.conflict(problem),
        // The overlay unique and Active Directory's own rule for names say it with this code.
        code::CONSTRAINT if answer.text.contains("unique") => system.conflict(problem),
        code::REFERRAL => system.rejected(format!(
            "{problem}; give the address of the server that has it and may be changed"
        )),
        // Whoever moved or removed it did so since it was read.
        code::NO_SUCH_OBJECT => {
            system.not_yet(format!("{what} finds no entry where there was one"))
        }
        _ => system.rejected(problem),
    }
}

/// What an answer to a search means that is no success. What was shown before it is a part: a limit was passed, or the
/// rest is on another server.
pub(crate) fn fault_of_looking(system: &str, what: &str, answer: &LdapResult) -> Fault {
    match answer.rc {
        code::SIZE_LIMIT | code::ADMIN_LIMIT | code::REFERRAL => {
            system.incomplete(fault(system, what, answer).problem())
        }
        _ => fault(system, what, answer),
    }
}

/// Whether the answer to making or naming an entry says that another one has the name: the entry's, the account's, or
/// that which Windows signs in with, too.
pub(crate) fn says_taken(answer: &LdapResult) -> bool {
    // 0x21C8: `userPrincipalName` is not unique (MS-ERREF section 2.2).
    answer.rc == code::EXISTS || is_of_windows(answer, "000021C8")
}

/// Whether the answer to putting a member into a group says that it is in.
pub(crate) fn says_in(answer: &LdapResult) -> bool {
    // Active Directory says that an entry exists, and means the member (MS-ADTS 3.1.1.3.1.1.5).
    matches!(answer.rc, code::SUCCESS | code::VALUE_EXISTS | code::EXISTS)
}

/// Whether the answer to taking a member out of a group says that it is out.
pub(crate) fn says_out(answer: &LdapResult) -> bool {
    // 0x561: the account is no member of the group (MS-ERREF section 2.2).
    matches!(answer.rc, code::SUCCESS | code::NO_SUCH_ATTRIBUTE)
        || is_of_windows(answer, "00000561")
}

fn is_of_windows(answer: &LdapResult, number: &str) -> bool {
    answer.text.to_ascii_uppercase().starts_with(number)
}

/// A code by its name in RFC 4511.
fn named(rc: u32) -> String {
    let name = match rc {
        code::OPERATIONS_ERROR => "operationsError",
        2 => "protocolError",
        code::SIZE_LIMIT => "sizeLimitExceeded",
        code::AUTH_METHOD => "authMethodNotSupported",
        code::STRONGER_AUTH => "strongerAuthRequired",
        code::REFERRAL => "referral",
        code::ADMIN_LIMIT => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        code::CONFIDENTIALITY => "confidentialityRequired",
        code::NO_SUCH_ATTRIBUTE => "noSuchAttribute",
        code::UNDEFINED_TYPE => "undefinedAttributeType",
        code::CONSTRAINT => "constraintViolation",
        code::VALUE_EXISTS => "attributeOrValueExists",
        21 => "invalidAttributeSyntax",
        34 => "invalidDNSyntax",
        code::INAPPROPRIATE_AUTH => "inappropriateAuthentication",
        code::INVALID_CREDENTIALS => "invalidCredentials",
        code::NO_RIGHTS => "insufficientAccessRights",
        code::UNAVAILABLE => "unavailable",
        code::UNWILLING => "unwillingToPerform",
        64 => "namingViolation",
        code::CLASS_VIOLATION => "objectClassViolation",
        66 => "notAllowedOnNonLeaf",
        67 => "notAllowedOnRDN",
        code::EXISTS => "entryAlreadyExists",
        code::OTHER => "other",
        _ => return format!("code {rc}"),
    };
    format!("{rc} {name}")
}

/// What it says about itself, cleaned; and in words what Active Directory says in numbers.
fn said(text: &str) -> String {
    if let Some(words) = in_words(text) {
        return format!(" ({words})");
    }
    match clean(text).trim() {
        "" => String::new(),
        clean => format!(" ({clean})"),
    }
}

/// What a server wrote, short enough and without what is no letter.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Windows' own codes (MS-ERREF section 2.2) in Active Directory's texts: after `data` when signing in is refused, as
/// in `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563`, else at the beginning,
/// as in `0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0`.
fn in_words(text: &str) -> Option<&'static str> {
    let signing_in = text
        .contains("AcceptSecurityContext")
        .then(|| text.split("data ").nth(1))
        .flatten();
    let number = match signing_in {
        Some(rest) => rest.split(|c: char| !c.is_ascii_hexdigit()).next()?,
        None => text.split_once(": ").map(|(number, _)| number)?,
    };
    let digits = Some(number).filter(|n| n.chars().all(|c| c.is_ascii_hexdigit()))?;
    Some(match u32::from_str_radix(digits, 16).ok()? {
        0x525 | 0x52e => "user name or password is wrong",
        0x52d => {
            "the password does not meet the domain's rules, or the connection is not encrypted"
        }
        0x530 => "its account may not sign in at this time",
        0x531 => "its account may not sign in from this machine",
        0x532 => "its password has expired",
        0x533 => "its account is disabled",
        0x701 => "its account has expired",
        0x773 => "its password has to be changed first",
        0x775 => "its account is locked out",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: Vec::new(),
            ctrls: Vec::new(),
        }
    }

    fn of(rc: u32, text: &str) -> Fault {
        fault("Directory", "changing an account", &result(rc, text))
    }

    #[test]
    fn every_code_is_a_fault_by_its_meaning() {
        for (rc, text, name) in [
            (51, "", "Busy"),
            (3, "", "Busy"),
            (52, "shutting down", "Unreachable"),
            (80, "internal error", "Unreachable"),
            (49, "", "Unauthorized"),
            (50, "no write access to entry", "Rejected"),
            (48, "anonymous bind disallowed", "Unauthorized"),
            (13, "TLS confidentiality required", "Unauthorized"),
            (
                1,
                "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be \
                 completed on the connection., data 0, v4563",
                "Unauthorized",
            ),
            (1, "", "Rejected"),
            (4, "", "Rejected"),
            (10, "", "Rejected"),
            (
                17,
                "pwdAccountLockedTime: attribute type undefined",
                "Rejected",
            ),
            (19, "Password fails quality checking policy", "Rejected"),
            (19, "some attributes not unique", "Conflict"),
            (53, "operation restricted", "Rejected"),
            (65, "attribute 'uidNumber' not allowed", "Rejected"),
            (68, "", "Conflict"),
            (32, "", "NotYet"),
            (4711, "", "Rejected"),
        ] {
            let fault = of(rc, text);
            assert_eq!(fault.name(), name, "{rc} {text}: {fault}");
        }
    }

    #[test]
    fn what_a_search_showed_before_it_stopped_is_a_part() {
        for rc in [4, 10, 11] {
            let fault = fault_of_looking("Directory", "listing accounts", &result(rc, ""));
            assert_eq!(fault.name(), "Incomplete", "{rc}: {fault}");
        }
        let fault = fault_of_looking("Directory", "listing accounts", &result(51, ""));
        assert_eq!(fault.name(), "Busy");
    }

    #[test]
    fn what_active_directory_says_in_numbers_is_said_in_words() {
        let bind = |data: &str| {
            let text = format!(
                "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v4563\0"
            );
            of(49, &text).to_string()
        };
        assert!(bind("52e").contains("user name or password is wrong"));
        assert!(bind("532").contains("its password has expired"));
        assert!(bind("533").contains("its account is disabled"));
        assert!(bind("775").contains("locked out"));
        assert!(bind("999").contains("AcceptSecurityContext"));
        let refused = of(
            53,
            "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\0",
        );
        assert!(refused.to_string().contains("domain's rules"), "{refused}");
    }

    #[test]
    fn what_is_so_already_is_done_in_the_words_of_every_server() {
        let says = |rc, text: &str| result(rc, text);
        assert!(says_in(&says(0, "")) && says_in(&says(20, "")));
        assert!(says_in(&says(
            68,
            "00000562: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0"
        )));
        assert!(!says_in(&says(50, "")) && !says_in(&says(32, "")));
        assert!(says_out(&says(16, "")));
        assert!(says_out(&says(
            53,
            "00000561: SvcErr: DSID-031A120C, problem 5003 (WILL_NOT_PERFORM), data 0"
        )));
        assert!(!says_out(&says(53, "operation restricted")));
        assert!(says_taken(&says(68, "")));
        assert!(says_taken(&says(19, "000021C8: AtrErr: DSID-03200BBA, #1")));
        assert!(!says_taken(&says(19, "some attributes not unique")));
    }

    #[test]
    fn a_text_is_cleaned() {
        let long = format!("a\0b\n{}", "x".repeat(500));
        let text = of(53, &long).to_string();
        assert!(text.contains("(abxxx") && text.len() < 400, "{text}");
        assert!(!text.contains(['\0', '\n']), "{text}");
    }
}
