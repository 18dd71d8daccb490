//! A provider that takes connections and never answers.

#![allow(clippy::unwrap_used)]

use tokio::net::TcpListener;

use super::*;

async fn hanging() -> (Provider, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::new(ProviderSettings {
        issuer,
        client_id: "latchkey".to_owned(),
        client_secret: None,
        pages_at: "https://latchkey.acme.example".to_owned(),
        groups_claim: None,
    });
    (provider.unwrap(), listener)
}

/// While many wait for a provider that hangs, whoever comes is told at once, and nobody waits behind another.
#[tokio::test]
async fn a_provider_that_hangs_keeps_nobody_else() {
    let (provider, _listener) = hanging().await;
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let begun = Begun::new("/", now).unwrap();
    let mut waiting: Vec<_> = (0..AT_ONCE)
        .map(|_| Box::pin(provider.begin(&begun, now)))
        .collect();
    for one in &mut waiting {
        assert!(futures_poll(one).await.is_none(), "it waits");
    }
    let told = provider.begin(&begun, now).await.unwrap_err().to_string();
    assert!(told.contains("asked by many at once"), "{told}");
    // No lock is held meanwhile: what is known is known.
    assert!(provider.discovered.try_lock().is_ok());
    drop(waiting);
    let mut next = Box::pin(provider.begin(&begun, now));
    assert!(
        futures_poll(&mut next).await.is_none(),
        "there is room again"
    );
}

/// Polls once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}
