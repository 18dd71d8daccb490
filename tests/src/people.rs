//! Pages of tasks, over HTTP.

use latchkey_embedded::Stack;
use latchkey_rehearsal::as_shown;

pub(crate) async fn page(
    client: &reqwest::Client,
    stack: &Stack,
    path: &str,
    form: Option<&[(String, String)]>,
) -> (u16, String) {
    let url = format!("http://{}{path}", stack.address);
    let call = match form {
        Some(form) if path.contains("/confirm-what-is-held/") => {
            let page = client.get(&url).send().await.unwrap();
            let form = as_shown(&page.text().await.unwrap(), form.to_vec());
            client.post(url).form(&form)
        }
        Some(form) => client.post(url).form(form),
        None => client.get(url),
    };
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
