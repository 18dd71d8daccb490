//! Writes `runbooks/http-api.schema.json`: `cargo run -p latchkey-http-api --example http_api_schema`.

fn main() -> std::io::Result<()> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../runbooks/http-api.schema.json"
    );
    std::fs::write(path, format!("{:#}\n", latchkey_http_api::json_schema()))
}
