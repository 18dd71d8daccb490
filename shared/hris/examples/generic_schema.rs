//! Writes `events/generic/schema.json`: `cargo run -p latchkey-hris --example generic_schema`.

fn main() -> std::io::Result<()> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../events/generic/schema.json"
    );
    std::fs::write(path, format!("{:#}\n", latchkey_hris::generic_schema()))
}
