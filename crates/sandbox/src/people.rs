//! The people of the sandbox's one tenant.
//! Their ids are fixed, so that tests and configurations can name them.

/// The tenant all people belong to.
pub(crate) const TENANT: &str = "0f2a9c44-6d1e-4f57-9b0a-5e7c1d3b8a60";

/// A person with a mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) address: &'static str,
    pub(crate) name: &'static str,
    pub(crate) given_name: &'static str,
    pub(crate) surname: &'static str,
    pub(crate) job_title: &'static str,
    pub(crate) object_id: &'static str,
}

/// Everybody in the tenant, ada first.
pub(crate) const PEOPLE: [Person; 3] = [
    Person {
        address: "ada@petrel.test",
        name: "Ada Lovelace",
        given_name: "Ada",
        surname: "Lovelace",
        job_title: "Head of Analysis",
        object_id: "a0a1f6a2-58f5-4c0b-8a0e-1f2b3c4d5e01",
    },
    Person {
        address: "grace@petrel.test",
        name: "Grace Hopper",
        given_name: "Grace",
        surname: "Hopper",
        job_title: "Principal Engineer",
        object_id: "a0a1f6a2-58f5-4c0b-8a0e-1f2b3c4d5e02",
    },
    Person {
        address: "linus@petrel.test",
        name: "Linus Pauling",
        given_name: "Linus",
        surname: "Pauling",
        job_title: "Research Lead",
        object_id: "a0a1f6a2-58f5-4c0b-8a0e-1f2b3c4d5e03",
    },
];

/// The person with this address or object id, case aside.
pub(crate) fn find(who: &str) -> Option<&'static Person> {
    let who = who.trim();
    PEOPLE.iter().find(|person| person.address.eq_ignore_ascii_case(who) || person.object_id.eq_ignore_ascii_case(who))
}
