//! Writes what the templates say of each kind of system, between `# kinds: …` and `# end of kinds`, and of each route,
//! between `# routes: …` and `# end of routes`: `cargo run -p latchkey-kinds --example templates`. A test compares.

mod routes;

use std::{io, path::PathBuf};

/// The templates, from the top of the repository.
pub(crate) const TEMPLATES: [&str; 2] = ["template.yaml", "infra/monitoring/template.yaml"];

/// Where a template is.
pub(crate) fn path(template: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(template)
}

fn capital(word: &str) -> String {
    match word.split_at_checked(1) {
        Some((first, rest)) => first.to_uppercase() + rest,
        None => String::new(),
    }
}

/// `system-identity-center` as a resource is called: `SystemIdentityCenter`.
fn resource(name: &str) -> String {
    name.split('-').map(capital).collect()
}

/// Where systems' secrets are.
const SECRETS: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/systems";

fn function(kind: &latchkey_runbook::Kind) -> String {
    let name = format!("system-{}", kind.kind);
    let mut text = format!(
        "  {}Function:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildMethod: rust-cargolambda, BuildProperties: {{ Binary: {name} }} }}
    Properties:
      # The plan names a system's function by its kind: STACK-system-KIND.
      FunctionName: !Sub \"${{AWS::StackName}}-{name}\"
      Description: >-
        Converges accounts in systems of the kind {}: {}
      CodeUri: functions/{name}
      Timeout: 60
      Environment:
        Variables:
          LATCHKEY_SECRETS_PREFIX: !Sub \"${{AWS::StackName}}/systems/\"
      Policies:
        - !Ref UseOfKey
        - !Ref UseOfLedger
        - Version: \"2012-10-17\"
          Statement:
            # The secrets of its own kind, and of no other.
            - Effect: Allow
              Action: secretsmanager:GetSecretValue
              Resource: !Sub \"{SECRETS}/{}/*\"
",
        resource(&name),
        kind.kind,
        kind.reaches,
        kind.kind,
    );
    for statement in kind.reads.iter().chain(&kind.writes) {
        text += &format!("            - {statement}\n");
    }
    text
}

/// What stands between the marks of a region of kinds.
fn region(name: &str) -> String {
    let kinds = latchkey_runbook::kinds();
    let of_each = |line: &dyn Fn(&str) -> String| -> String {
        let names = kinds.iter().map(|kind| format!("system-{}", kind.kind));
        names.map(|name| line(&name)).collect()
    };
    match name {
        "functions" => {
            let all: Vec<String> = kinds.iter().map(function).collect();
            all.join("\n")
        }
        "statements" => {
            let all = kinds.iter().flat_map(|kind| &kind.reads);
            all.map(|statement| format!("          - {statement}\n"))
                .collect()
        }
        "names" => of_each(&|name| format!("       {name},\n")),
        "resources" => of_each(&|name| format!("       {},\n", resource(name))),
        "limits" => of_each(&|name| {
            let resource = resource(name);
            format!("    {resource}: {{ Name: {name}, NearMs: 48000, Errors: 100 }}\n")
        }),
        _ => String::new(),
    }
}

/// A template with its regions as they should be.
pub(crate) fn written(text: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for line in text.lines() {
        let mark = line.trim();
        if mark.starts_with("# end of ") {
            within = false;
        }
        if !within {
            out += line;
            out.push('\n');
        }
        let kinds = mark.strip_prefix("# kinds: ").map(region);
        let routes = mark.strip_prefix("# routes: ").map(routes::region);
        if let Some(region) = kinds.or(routes) {
            out += &region;
            within = true;
        }
    }
    out
}

#[allow(
    dead_code,
    reason = "the test that compares takes this file for a module"
)]
fn main() -> io::Result<()> {
    for template in TEMPLATES {
        let path = path(template);
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, written(&text))?;
    }
    Ok(())
}
