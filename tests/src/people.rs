//! Pages of tasks, over HTTP.

use latchkey_embedded::Stack;

pub(crate) async fn page(
    client: &reqwest::Client,
    stack: &Stack,
    path: &str,
    form: Option<&[(String, String)]>,
) -> (u16, String) {
    let url = format!("http://{}{path}", stack.address);
    let call = match form {
        Some(form) => client.post(url).form(form),
        None => client.get(url),
    };
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
