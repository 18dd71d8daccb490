//! What people of the sample company are called. They are nobody.

const GIVEN: [&str; 60] = [
    "Aino", "Alba", "Amir", "Anouk", "Arjun", "Astrid", "Bilal", "Bruno", "Carmen", "Cian",
    "Clara", "Dalia", "Danilo", "Edda", "Elif", "Emil", "Esra", "Farid", "Fenja", "Gil", "Hana",
    "Henrik", "Ida", "Imani", "Ivo", "Jelena", "Jorge", "Joris", "Kaito", "Karin", "Kofi", "Lea",
    "Liam", "Lotte", "Luca", "Mads", "Maia", "Malik", "Marta", "Mila", "Nadia", "Nils", "Nuria",
    "Oskar", "Paola", "Petra", "Quinn", "Ravi", "Rosa", "Samir", "Selma", "Tariq", "Tessa", "Ulla",
    "Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zora",
];

const FAMILY: [&str; 72] = [
    "Abadi",
    "Adler",
    "Aguilar",
    "Ahlberg",
    "Amato",
    "Bakker",
    "Barros",
    "Becker",
    "Bianchi",
    "Boateng",
    "Brandt",
    "Carvalho",
    "Castro",
    "Chandra",
    "Cohen",
    "Dahl",
    "Demir",
    "Dorn",
    "Duarte",
    "Egger",
    "Ekström",
    "Farkas",
    "Ferrari",
    "Fiala",
    "Gallo",
    "Gruber",
    "Haas",
    "Hakim",
    "Hansen",
    "Hoang",
    "Iversen",
    "Jansen",
    "Jovanović",
    "Kamara",
    "Kaya",
    "Keane",
    "Khoury",
    "Kowalska",
    "Kraft",
    "Kumar",
    "Lang",
    "Leroy",
    "Lindholm",
    "Lopes",
    "Maier",
    "Marin",
    "Mensah",
    "Moretti",
    "Nguyen",
    "Nowak",
    "Oduya",
    "Okeke",
    "Olsson",
    "Osman",
    "Pereira",
    "Petit",
    "Popescu",
    "Quist",
    "Rahman",
    "Reyes",
    "Romano",
    "Sato",
    "Schuster",
    "Silvestri",
    "Sørensen",
    "Takala",
    "Tanaka",
    "Urban",
    "Vidal",
    "Weiss",
    "Yilmaz",
    "Zeman",
];

/// The last number that has a name of its own.
pub(super) const LAST_NAME: usize = GIVEN.len() * FAMILY.len() - 1;

/// Given and family name of the person of a number. Two numbers up to [`LAST_NAME`] never give the same two.
pub(super) fn name(number: usize) -> (&'static str, &'static str) {
    let given = number % GIVEN.len();
    let family = (number / GIVEN.len() + number * 7) % FAMILY.len();
    (GIVEN[given], FAMILY[family])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_has_the_name_of_another() {
        let all: BTreeSet<_> = (0..=LAST_NAME).map(name).collect();
        assert_eq!(all.len(), GIVEN.len() * FAMILY.len());
    }
}
