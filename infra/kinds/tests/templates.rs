//! What is deployed knows every kind of system, every source of webhooks and every page.

#[path = "../examples/templates/main.rs"]
mod templates;

#[test]
fn the_templates_know_every_kind_and_every_route() {
    for template in templates::TEMPLATES {
        let text = std::fs::read_to_string(templates::path(template)).expect("a template");
        assert_eq!(
            text,
            templates::written(&text),
            "{template}: run cargo run -p latchkey-kinds --example templates"
        );
        for mark in ["# kinds: ", "# routes: "] {
            assert!(text.contains(mark), "{template}: {mark}");
        }
    }
}
