//! What every kind has to pass, against the oldest and the newest PostgreSQL.

mod oldest {
    latchkey_conformance::suite!(crate::company::Database::oldest());
}

mod newest {
    latchkey_conformance::suite!(crate::company::Database::newest());
}
