//! TLS, from the beginning and asked for later.

use latchkey_peers::{Members, OpenLdap};
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    by_hand::{Directory, Server},
    leaving::have,
};

#[tokio::test]
async fn only_a_server_that_is_vouched_for_is_told_the_secret() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    let Server::OpenLdap(server) = &directory.server else {
        panic!("another was asked for")
    };
    let tls = format!("ldaps://127.0.0.1:{}", server.tls_port());
    let plain = format!("ldap://127.0.0.1:{}", server.port());
    let authority = json!(server.authority());
    for (address, start_tls) in [(&tls, false), (&plain, true)] {
        let mut settings = directory.settings(address.clone());
        settings
            .settings
            .insert("start_tls".into(), json!(start_tls));
        let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
        let fault = system.list(None).await.unwrap_err();
        assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
        assert!(fault.to_string().contains("secure"), "{fault}");
        settings
            .settings
            .insert("certificate".into(), authority.clone());
        let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
        have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
        // Its certificate is for 127.0.0.1 and for no other name.
        settings.address = address.replace("127.0.0.1", "localhost");
        let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
        let fault = system.list(None).await.unwrap_err();
        assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
    }
}
