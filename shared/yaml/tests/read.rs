//! What is read, and what is said of what cannot be.

#![allow(clippy::unwrap_used)]

use latchkey_yaml::{Meaning, Node, Value, doubts, read};

fn said(text: &str) -> String {
    match read(text) {
        Ok(_) => "read".to_owned(),
        Err(trouble) => format!(
            "{}:{}: {}",
            trouble.place.line, trouble.place.column, trouble.message
        ),
    }
}

#[test]
fn mistakes_are_said_on_their_line_with_the_usual_mend() {
    let mut all = String::new();
    for text in [
        "a: {given}.{family}@acme.example\nb: 1\n",
        "teams:\n  it:\n    - {given}.x\n",
        "teams:\n\tit: x\n",
        "teams:\n  it: x\n \tqa: y\n",
        "teams:\n  name:IT\n  email: x\n",
        "name: IT\nemail:x\nz: 1\n",
        "a: \"open\nb: 1\nc: 2\n",
        "a: \"open\nb: \"closed\"\nc: 2\n",
        "a: 'it is Zoe's'\nb: 1\n",
        "a: \"x\".y\nb: 1\n",
        "a: [1, 2\nb: 3\nc: 4\n",
        "a: {b: 1, c: 2\nd: 3\n",
        "a: {b: Room # 3, c: 2}\nd: 3\n",
        "a: {b: [1, 2}, c: 2}\n",
        "a: 1]\nb: }\n",
        "a: [1 2, {b: 1 c: 2}]\n",
        "a: {b: 1 \"c\": 2}\n",
        "a: do this: then that\nb: 1\n",
        "a: x\n  b: y\nc: z\n",
        "a:\n  b: y\n c: z\n",
        "a:\n    b: y\n  c: z\n",
        "a:\n  - x\n  b: y\n",
        "a: 1\njust text\nb: 2\n",
        "a: 1\nb\n",
        "a: @home\n",
        "a: `x`\n",
        "a: %x\n",
        "a: *Lead\n",
        "a: [\"x\", *Lead]\n",
        "a: !x y\n",
        "a: \"C:\\Users\"\n",
        "a: 1\n---\na: 2\n",
        "a: “b: c”\nd: 1\n",
        "a: x\n\u{a0}\u{a0}b: y: z\n",
        "[a]: b\n",
        "{a}: b\n",
        "a: &x [*x]\n",
        "a: |\n  text\n more\n",
        "- a\nb: c\n",
        "a: -\n",
        "a: b\n-c: d\n",
        "a: {b:1}\n",
        "a: {\"b\":1}\n",
        "\"a\n",
        "a: ?\n? b",
        "a:\r\n  b: [1,\r\n",
    ] {
        all.push_str(&format!("{text:?}\n    {}\n", said(text)));
    }
    insta::assert_snapshot!(all);
}

fn entry<'n>(node: &'n Node, name: &str) -> &'n Value {
    let Value::Map(entries) = &node.value else {
        panic!("no map: {node:?}");
    };
    let found = entries.iter().find(|(key, _)| key.name == name);
    &found.unwrap().1.value
}

#[test]
fn a_scalar_keeps_its_own_text_and_is_a_number_only_where_json_would_write_it_so() {
    for (text, meaning) in [
        ("NO", Meaning::Text("NO")),
        ("no", Meaning::Text("no")),
        ("on", Meaning::Text("on")),
        ("y", Meaning::Text("y")),
        ("1.10", Meaning::Text("1.10")),
        ("1.0", Meaning::Text("1.0")),
        ("007", Meaning::Text("007")),
        ("0x1F", Meaning::Text("0x1F")),
        ("0o17", Meaning::Text("0o17")),
        ("1e3", Meaning::Text("1e3")),
        ("12:30", Meaning::Text("12:30")),
        ("1_000", Meaning::Text("1_000")),
        ("+1", Meaning::Text("+1")),
        (".inf", Meaning::Text(".inf")),
        (".nan", Meaning::Text(".nan")),
        ("2026-12-31", Meaning::Text("2026-12-31")),
        ("True", Meaning::Text("True")),
        ("'true'", Meaning::Text("true")),
        ("'1'", Meaning::Text("1")),
        ("!!str 1", Meaning::Text("1")),
        ("true", Meaning::Flag(true)),
        ("1042", Meaning::Whole(1042)),
        ("-3", Meaning::Whole(-3)),
        ("1.5", Meaning::Number(1.5)),
        ("~", Meaning::Nothing),
        ("null", Meaning::Nothing),
        ("", Meaning::Nothing),
        ("'null'", Meaning::Text("null")),
    ] {
        let node = read(&format!("{{a: {text}, {text}: b}}")).unwrap();
        let Value::Scalar(scalar) = entry(&node, "a") else {
            panic!("{node:?}");
        };
        assert_eq!(scalar.meaning(), meaning, "{text}");
        let plain = text.trim_start_matches("!!str ").trim_matches('\'');
        assert_eq!(scalar.text, plain);
        // As a name, too.
        if !plain.is_empty() {
            entry(&node, plain);
        }
    }
}

#[test]
fn where_true_or_false_is_wanted_people_may_use_their_words() {
    for (text, flag) in [
        ("yes", Some(true)),
        ("No", Some(false)),
        ("ON", Some(true)),
        ("off", Some(false)),
        ("'yes'", None),
        ("perhaps", None),
    ] {
        let node = read(text).unwrap();
        let Value::Scalar(scalar) = node.value else {
            panic!("no scalar");
        };
        assert_eq!(scalar.flag(), flag, "{text}");
    }
}

#[test]
fn what_is_repeated_by_name_stands_in_each_place_and_has_an_end() {
    let node = read("base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\n").unwrap();
    let more = Node {
        place: node.place,
        value: entry(&node, "more").clone(),
    };
    let Value::Scalar(b) = entry(&more, "b") else {
        panic!("{more:?}");
    };
    assert_eq!(b.text, "3");
    entry(&more, "a");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let inner = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{inner}]\n"));
    }
    assert!(said(&bomb).ends_with("the file has more than 200000 values"));
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for n in 1..2000 {
        deep.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    assert!(said(&deep).ends_with("nested deeper than a file can be"));
    assert!(said(&"[".repeat(10_000)).contains("nested deeper"));
}

#[test]
fn marks_that_look_like_others_are_named() {
    let text = "de\u{a0}partment: “Sales”\ntitle: Head\u{200b} of\nlist: [«x», „it’s“, \"a\u{a0}b\"]\n\
                name: O’Brien\nprose: Bonjour à vous tous\u{a0}!\nwords: He said “yes”\n";
    let said: Vec<String> = doubts(&read(text).unwrap())
        .into_iter()
        .map(|doubt| {
            let certain = if doubt.certain { "certain" } else { "perhaps" };
            let place = doubt.place;
            format!(
                "{}:{} {certain}: {}",
                place.line, place.column, doubt.message
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}
