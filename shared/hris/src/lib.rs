//! HR webhooks: signatures and payloads to events.
