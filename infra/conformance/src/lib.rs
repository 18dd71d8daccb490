//! What every kind of system has to pass, against a server that nobody here wrote.
//!
//! A kind brings a [`Company`]: the server, how it is opened, what it offers. [`suite!`] makes a test of each promise.
//! Between Latchkey and the server stands a [`Wire`], which counts what goes over it and cuts it; for HTTP a [`Proxy`],
//! which has the habits of servers in the field. What shows a part of a list speaks the server's protocol: each kind
//! says which ([`Lists`]), and whether its lists say how many there are in all ([`Total`]).

mod adoption;
mod at_once;
mod between;
mod broken_off;
mod company;
mod cut_short;
mod front;
mod habits;
mod ldap;
mod life;
mod lists;
mod pages;
mod parts;
mod person;
mod proxy;
mod served;
mod wire;

pub use adoption::{accounts_that_are_there_already_are_adopted, nobody_is_taken_for_another};
pub use at_once::two_at_once_give_everything_once;
pub use company::{Company, Offers};
pub use cut_short::every_call_may_be_cut_before_and_after_it_took_effect;
pub use habits::{a_throttled_call_says_when, odd_answers_fool_nobody};
pub use life::{a_whole_life_every_step_twice, changes_by_hand_are_seen_and_mended, few_calls};
pub use lists::every_page_is_read_once;
pub use pages::{JsonPages, Lists, Next, Shows, Total};
pub use parts::{a_part_is_never_taken_for_all, an_account_is_asked_for_itself};
pub use person::{Person, Stage};
pub use proxy::{Habit, Proxy};
pub use served::Served;
pub use wire::{Cut, Wire};

/// A test of each promise for the company that the expression makes, an `async` expression of type `Result<impl
/// Company, _>`.
#[macro_export]
macro_rules! suite {
    ($company:expr) => {
        $crate::suite!($company;
            a_whole_life_every_step_twice,
            changes_by_hand_are_seen_and_mended,
            every_call_may_be_cut_before_and_after_it_took_effect,
            accounts_that_are_there_already_are_adopted,
            nobody_is_taken_for_another,
            every_page_is_read_once,
            a_part_is_never_taken_for_all,
            an_account_is_asked_for_itself,
            two_at_once_give_everything_once,
            few_calls,
            a_throttled_call_says_when,
            odd_answers_fool_nobody,
        );
    };
    ($company:expr; $($promise:ident,)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let company = $company.await.expect("the server starts");
                $crate::$promise(&company).await;
            }
        )*
    };
}
