//! The routes of the API and their throttles: one for each source of webhooks that is known, one for all sources that
//! companies describe themselves, and one for each page. What has a throttle of its own uses up nobody else's.

/// A route of the API.
struct Route {
    /// The resource of the template.
    resource: String,
    /// As API Gateway writes it: `POST /hooks/bamboohr`.
    key: String,
    /// Webhooks, or else a page.
    hooks: bool,
}

/// `latchkey.css` as a part of a resource's name: `LatchkeyCss`.
fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(super::capital).collect()
}

fn all() -> Vec<Route> {
    let hook = |source: &str, resource: String| Route {
        resource,
        key: format!("POST {}", intake::HOOKS.replace("{source}", source)),
        hooks: true,
    };
    let known = latchkey_hris::SOURCES.iter().map(|source| source.name());
    let known = known.map(|name| hook(name, format!("Hook{}Route", words(name))));
    // Of the routes that fit, API Gateway takes the one that says most.
    let others = hook("{source}", "HookRoute".to_owned());
    let pages = console::PAGES.iter().map(|page| {
        let method = page.method.to_lowercase();
        Route {
            resource: format!("{}{}Route", words(&method), words(page.path)),
            key: format!("{} {}", page.method, page.path),
            hooks: false,
        }
    });
    known.chain([others]).chain(pages).collect()
}

fn setting(route: &Route) -> String {
    let (share, metrics) = match route.hooks {
        // For the alarm on refused webhooks; each metric costs.
        true => ("Hooks", "DetailedMetricsEnabled: true, "),
        false => ("Pages", ""),
    };
    let key = &route.key;
    format!(
        "        {key}: {{ {metrics}ThrottlingRateLimit: !Ref {share}PerSecond, ThrottlingBurstLimit: !Ref {share}Burst }}\n"
    )
}

fn resource(route: &Route) -> String {
    let Route {
        resource,
        key,
        hooks,
    } = route;
    let function = if *hooks { "Intake" } else { "Console" };
    format!(
        "  {resource}:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: {key}
      AuthorizationType: NONE
      Target: !Sub \"integrations/${{{function}Integration}}\"
"
    )
}

/// What stands between the marks of a region.
pub(crate) fn region(name: &str) -> String {
    let routes = all();
    match name {
        "settings" => routes.iter().map(setting).collect(),
        "needed" => {
            let needed = routes.iter().map(|route| &route.resource);
            needed.map(|name| format!("      - {name}\n")).collect()
        }
        "resources" => {
            let resources: Vec<String> = routes.iter().map(resource).collect();
            resources.join("\n")
        }
        "sources" => {
            let names = latchkey_hris::SOURCES.iter().map(|source| source.name());
            names.map(|name| format!("       {name},\n")).collect()
        }
        _ => String::new(),
    }
}
