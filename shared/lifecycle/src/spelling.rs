//! Names of people in the letters that every system takes: lower case ASCII.

/// How a letter is written in some country, where that is not the usual way.
type Spelling = [(char, &'static str)];

/// German, Danish and Norwegian spellings, which machine-readable travel documents use as well.
/// Source: ICAO Doc 9303 part 3, section 6 A, "Transliteration of multinational Latin-based characters".
const USUAL: &Spelling = &[
    ('ä', "ae"),
    ('ö', "oe"),
    ('ü', "ue"),
    ('ß', "ss"),
    ('å', "aa"),
    ('ø', "oe"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
    ('ð', "d"),
    ('đ', "d"),
    ('ı', "i"),
    ('ə', "a"),
];

/// Where people write it otherwise, by the country of work (ISO 3166-1 alpha-2): the letters that are not umlauts
/// there, but vowels with a mark that is left out.
const ELSEWHERE: [(&[&str], &Spelling); 4] = [
    (
        &["SE", "FI", "AX"],
        &[('å', "a"), ('ä', "a"), ('ö', "o"), ('ü', "u")],
    ),
    (
        &["TR", "AZ", "TM", "HU", "EE", "SK"],
        &[('ä', "a"), ('ö', "o"), ('ü', "u")],
    ),
    (
        &["ES", "PT", "BR", "MX", "AR", "CL", "CO", "PE", "UY"],
        &[('ü', "u")],
    ),
    (&["IS"], &[('ö', "o"), ('å', "a")]),
];

/// A base letter and a combining mark, where together they are a letter of [`USUAL`].
const COMBINED: [(&str, &str); 4] = [
    ("a\u{308}", "ä"),
    ("o\u{308}", "ö"),
    ("u\u{308}", "ü"),
    ("a\u{30a}", "å"),
];

/// A given or family name as systems take it, by the spelling of a country: letters, digits, and a hyphen between
/// words. Empty when nothing of it can be written so.
pub fn plain(name: &str, country: &str) -> String {
    let mut lower = name.to_lowercase();
    for (pair, letter) in COMBINED {
        lower = lower.replace(pair, letter);
    }
    let words = lower.split(|c: char| c.is_whitespace() || is_hyphen(c));
    let plain: Vec<String> = words
        .map(|word| plain_word(word, country))
        .filter(|word| !word.is_empty())
        .collect();
    plain.join("-")
}

/// An identifier as systems take it.
pub fn plain_id(id: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || is_separator(*c);
    let known: String = id.chars().filter(kept).collect();
    let ascii = deunicode::deunicode(&known).to_lowercase();
    ascii
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || is_separator(*c))
        .collect()
}

fn plain_word(word: &str, country: &str) -> String {
    let mut spelled = String::with_capacity(word.len());
    // Signs and pictures have names, too, which nobody wants to be called.
    for letter in word.chars().filter(|c| c.is_alphanumeric()) {
        match spelling(letter, country) {
            Some(letters) => spelled.push_str(letters),
            None => spelled.push(letter),
        }
    }
    bare(&spelled)
}

/// A name in letters and digits of ASCII alone, each without its marks: `ö` and `ø` are `o`. Empty when nothing of it
/// can be written so.
pub fn bare(name: &str) -> String {
    // Syllables of one word stay one word: 小龙 is xiaolong.
    let ascii = deunicode::deunicode(name).to_lowercase();
    ascii.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn spelling(letter: char, country: &str) -> Option<&'static str> {
    let own = ELSEWHERE
        .iter()
        .filter(|(countries, _)| countries.contains(&country))
        .flat_map(|(_, spelling)| spelling.iter());
    own.chain(USUAL)
        .find(|(l, _)| *l == letter)
        .map(|(_, letters)| *letters)
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '/' | '_')
}

/// What may stand between letters of a name.
pub fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_')
}

/// A name that every system and mail server takes, of at most `longest` bytes: letters, digits and single `.`, `-`, `_`
/// between them. Empty when nothing is left.
/// Source: RFC 5321 section 4.1.2 (dot-string); POSIX.1-2017 section 3.437 (user name).
pub fn tidy(name: &str, longest: usize) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        let fits = match is_separator(c) {
            true => out.ends_with(|last: char| last.is_ascii_alphanumeric()),
            false => c.is_ascii_alphanumeric(),
        };
        if fits && out.len() < longest {
            out.push(c);
        }
    }
    out.truncate(out.trim_end_matches(is_separator).len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain() {
        for (name, country, want) in [
            ("Müller", "DE", "mueller"),
            ("Mu\u{308}ller", "DE", "mueller"),
            ("MÜLLER", "AT", "mueller"),
            ("Zoë", "DE", "zoe"),
            ("Groß", "DE", "gross"),
            ("Großmann-Schröder", "CH", "grossmann-schroeder"),
            ("Jäger", "DE", "jaeger"),
            ("Søren", "DK", "soeren"),
            ("Bjørn Åge", "NO", "bjoern-aage"),
            ("Æbelø", "DK", "aebeloe"),
            ("Åsa", "SE", "asa"),
            ("Sjöberg", "SE", "sjoberg"),
            ("Hämäläinen", "FI", "hamalainen"),
            ("Þórður", "IS", "thordur"),
            ("Björk", "IS", "bjork"),
            ("Łukasz", "PL", "lukasz"),
            ("Dvořák", "CZ", "dvorak"),
            ("Ștefănescu", "RO", "stefanescu"),
            ("Čapek-Žižka", "CZ", "capek-zizka"),
            ("Đorđević", "RS", "dordevic"),
            ("Nguyễn", "VN", "nguyen"),
            ("Đặng Thị Hồng", "VN", "dang-thi-hong"),
            ("Işık", "TR", "isik"),
            ("İbrahim", "TR", "ibrahim"),
            ("Gökçe", "TR", "gokce"),
            ("Gürsoy", "TR", "gursoy"),
            ("Gürsoy", "DE", "guersoy"),
            ("Müller", "US", "mueller"),
            ("Őze", "HU", "oze"),
            ("Muñoz", "ES", "munoz"),
            ("Agüero", "AR", "aguero"),
            ("Gonçalves", "PT", "goncalves"),
            ("François", "FR", "francois"),
            ("Lœuillet", "FR", "loeuillet"),
            ("O'Brien", "IE", "obrien"),
            ("O’Brien", "IE", "obrien"),
            ("D‘Angelo", "IT", "dangelo"),
            ("Kamakawiwoʻole", "US", "kamakawiwoole"),
            ("van der Berg", "NL", "van-der-berg"),
            ("García Márquez", "CO", "garcia-marquez"),
            ("Anne-Marie", "FR", "anne-marie"),
            ("Anne\u{2011}Marie", "FR", "anne-marie"),
            ("Mary  Ann", "US", "mary-ann"),
            ("J. R. R.", "GB", "j-r-r"),
            ("Martin Jr.", "US", "martin-jr"),
            ("Чайковский", "RU", "chaikovskii"),
            ("Щербаков", "RU", "shcherbakov"),
            ("Зеленський", "UA", "zelenskii"),
            ("Παπαδόπουλος", "GR", "papadopoulos"),
            ("李", "CN", "li"),
            ("小龙", "CN", "xiaolong"),
            ("김", "KR", "gim"),
            ("민준", "KR", "minjun"),
            ("さくら", "JP", "sakura"),
            ("محمد", "SA", "mhmd"),
            ("כהן", "IL", "khn"),
            ("Əliyev", "AZ", "aliyev"),
            ("Ōtani", "JP", "otani"),
            ("X", "DE", "x"),
            ("ﬁsher", "GB", "fisher"),
            ("Ⅷ", "DE", "viii"),
            ("☺", "DE", ""),
            ("!?*", "DE", ""),
            ("-", "DE", ""),
            ("", "DE", ""),
        ] {
            assert_eq!(plain(name, country), want, "{name} {country}");
        }
    }

    #[test]
    fn what_is_left_is_tidy() {
        for (name, longest, want) in [
            ("zoe..mueller", 64, "zoe.mueller"),
            (".zoe-", 64, "zoe"),
            ("zoe.-mueller", 64, "zoe.mueller"),
            ("Zoe Mueller", 64, "zoemueller"),
            ("zoe.mueller", 4, "zoe"),
            ("--", 64, ""),
        ] {
            assert_eq!(tidy(name, longest), want);
        }
    }
}
