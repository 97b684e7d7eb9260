//! What another client of the same mailbox does: mail comes, goes and moves, folders change, drafts are edited.
//! Whatever it sets is contested from then on: of two writers the last wins, and which was last nobody can say.

use crate::ledger::Property;
use crate::points::Point;
use crate::world::World;
use mail_core::id::MessageId;
use sandbox::Host;
use serde_json::{Value, json};

impl World {
    /// A request of the other client to Graph; its status.
    pub fn graph(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/v1.0{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("prefer", "IdType=\"ImmutableId\"")
            .header("content-type", "application/json")
            .body(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() })
            .unwrap();
        let response = self.elsewhere(Host::Graph, request);
        let status = response.status().as_u16();
        self.device.note(|| format!("elsewhere {method} {path} {body} -> {status}"));
        (status, serde_json::from_slice(response.body()).unwrap_or_default())
    }

    /// Leaves one of the folders a person made: each folder is a request in every round of a life.
    pub fn clear_folders(&self) {
        for name in ["Projects", "Travel", "Newsletters"] {
            let found = self.device.truth().iter().find(|(_, place)| place.name == name).map(|(id, _)| escaped(id));
            let path = format!("/me/mailFolders/{}/permanentDelete", found.unwrap());
            assert_eq!(self.graph("POST", &path, &Value::Null).0, 204);
        }
    }

    /// The newest mail lies in the archive, where no body is fetched before somebody asks.
    pub fn put_away(&self) {
        let truth = self.device.truth();
        let inbox = truth.values().find(|place| place.name == "Inbox").unwrap();
        let path = format!("/me/messages/{}/move", escaped(inbox.rows.keys().next().unwrap()));
        assert_eq!(self.graph("POST", &path, &json!({ "destinationId": "archive" })).0, 201);
    }

    fn contest(&self, id: &str, properties: &[Property]) {
        let mut ledger = self.device.ledger.borrow_mut();
        for property in properties {
            ledger.contested.insert((MessageId::new(id), *property));
        }
    }

    /// Another client does something, whatever it is.
    pub fn somebody_acts(&mut self) {
        let truth = self.device.truth();
        let places: Vec<&String> = truth.keys().collect();
        // Who throws away a mail that is on its way out means it: such a mail is owed to nobody.
        let messages: Vec<(&String, &String)> = truth
            .iter()
            .filter(|(_, place)| place.name != "Outbox")
            .flat_map(|(place, shelf)| shelf.rows.keys().map(move |id| (place, id)))
            .collect();
        let (at, id) = self
            .chance
            .pick(&messages)
            .map_or((String::new(), String::new()), |(at, id)| ((*at).clone(), (*id).clone()));
        let message = format!("/me/messages/{}", escaped(&id));
        let to = self.chance.pick(&places).map_or(String::new(), |place| (*place).clone());
        let on = self.chance.permille(500);
        // Where a draft lies among what was sent, nobody can tell it from a mail that has left.
        let move_to = |world: &Self, to: &str| {
            if truth.get(to).is_some_and(|place| matches!(place.name.as_str(), "Outbox" | "Sent Items")) {
                return;
            }
            world.contest(&id, &[Property::Place]);
            world.graph("POST", &format!("{message}/move"), &json!({ "destinationId": to }));
        };
        let what = self.chance.below(16);
        match what {
            0..=2 => {
                self.acts += 1;
                self.arrives(&format!("News {}", self.acts));
            }
            3 | 4 => {
                self.contest(&id, &[Property::Read]);
                self.graph("PATCH", &message, &json!({ "isRead": on }));
            }
            5 | 6 => {
                self.contest(&id, &[Property::Flag]);
                let status = if on { "flagged" } else { "notFlagged" };
                self.graph("PATCH", &message, &json!({ "flag": { "flagStatus": status } }));
            }
            7 | 8 => move_to(self, &to),
            9 => {
                // Away and back again: a client that asks between the two sees it gone.
                self.device.trouble.strike(Point::S4);
                move_to(self, &to);
                move_to(self, &at);
            }
            10 => {
                self.contest(&id, &[Property::Place, Property::Read, Property::Flag]);
                self.graph("DELETE", &message, &Value::Null);
            }
            11 => {
                self.contest(&id, &[Property::Place, Property::Read, Property::Flag]);
                self.graph("POST", &format!("{message}/permanentDelete"), &Value::Null);
            }
            12 => self.folder_changes(),
            13 => self.draft_changes(),
            14 => {
                self.contest(&id, &[Property::Read, Property::Flag]);
                self.graph("PATCH", &message, &json!({ "isRead": on, "flag": { "flagStatus": "complete" } }));
            }
            _ => {
                for _ in 0..self.chance.below(8) {
                    self.acts += 1;
                    self.arrives(&format!("Burst {}", self.acts));
                }
            }
        }
    }

    fn folder_changes(&mut self) {
        self.device.trouble.strike(Point::S10);
        let truth = self.device.truth();
        let own: Vec<&String> = truth
            .iter()
            .filter(|(_, place)| place.name.starts_with("Own") || place.name == "Receipts")
            .map(|(id, _)| id)
            .collect();
        let one = self.chance.pick(&own).map(|id| escaped(id));
        let other = self.chance.pick(&own).map(|id| (*id).clone());
        self.acts += 1;
        let name = format!("Own {}", self.acts);
        match (self.chance.below(5), one) {
            (0 | 1, _) | (_, None) => drop(self.graph("POST", "/me/mailFolders", &json!({ "displayName": name }))),
            (2, Some(id)) => {
                drop(self.graph("PATCH", &format!("/me/mailFolders/{id}"), &json!({ "displayName": name })))
            }
            (3, Some(id)) => {
                let body = json!({ "destinationId": other });
                self.graph("POST", &format!("/me/mailFolders/{id}/move"), &body);
            }
            (_, Some(id)) => {
                for (message, _) in
                    truth.iter().filter(|(place, _)| escaped(place) == id).flat_map(|(_, place)| &place.rows)
                {
                    self.contest(message, &[Property::Place, Property::Read, Property::Flag]);
                }
                self.graph("DELETE", &format!("/me/mailFolders/{id}"), &Value::Null);
            }
        }
    }

    /// Another client writes a draft, or goes on with one, perhaps with one of ours.
    fn draft_changes(&mut self) {
        self.acts += 1;
        let subject = format!("Draft {}", self.acts);
        let truth = self.device.truth();
        let drafts = truth.values().find(|place| place.name == "Drafts");
        let ids: Vec<&String> = drafts.map(|place| place.rows.keys().collect()).unwrap_or_default();
        match self.chance.pick(&ids) {
            Some(id) if self.chance.permille(600) => {
                let path = format!("/me/messages/{}", escaped(id));
                self.graph(
                    "PATCH",
                    &path,
                    &json!({ "subject": subject, "body": { "contentType": "text", "content": subject } }),
                );
            }
            Some(_) | None => drop(self.graph("POST", "/me/messages", &json!({ "subject": subject }))),
        }
    }
}

/// An id as one segment of a path.
pub fn escaped(id: &str) -> String {
    id.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
