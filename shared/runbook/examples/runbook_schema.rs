//! Writes `runbooks/runbook.schema.json`: `cargo run -p latchkey-runbook --example runbook_schema`.

fn main() -> std::io::Result<()> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../runbooks/runbook.schema.json"
    );
    std::fs::write(path, format!("{:#}\n", latchkey_runbook::json_schema()))
}
