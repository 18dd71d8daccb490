//! What is deployed knows every kind.

#[path = "../examples/templates.rs"]
mod templates;

#[test]
fn the_templates_know_every_kind() {
    for template in templates::TEMPLATES {
        let text = std::fs::read_to_string(templates::path(template)).expect("a template");
        assert_eq!(
            text,
            templates::written(&text),
            "{template}: run cargo run -p latchkey-kinds --example templates"
        );
        assert!(text.contains("# kinds: "), "{template}");
    }
}
