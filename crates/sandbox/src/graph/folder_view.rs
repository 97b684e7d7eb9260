//! How a folder is shown: which properties, and what comes along with it.
//! `$select` and `$expand` of folders are read here, nested options included.

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::nested::Part;
use crate::graph::query::{self, FOLDER_PROPERTIES, Order, Select};
use crate::graph::refusal::Refusal;
use crate::graph::render;
use crate::graph::rows::filter::Filter;
use crate::graph::rows::{self, Kind, Paging};
use crate::mailbox::Mailbox;
use crate::mailbox::folder::Folder;
use crate::mailbox::message::Message;
use crate::web::Pairs;

/// Properties of a search folder; selecting one needs the cast.
const SEARCH_PROPERTIES: [&str; 4] = ["isSupported", "includeNestedFolders", "sourceFolderIds", "filterQuery"];
const SEARCH_CAST: &str = "microsoft.graph.mailSearchFolder/";
/// PidTagMessageSizeExtended, by which clients learn what a folder weighs.
const SIZES: [&str; 2] = ["Long 0x0E08", "Long 0xE08"];
/// Expanding deeper than this is nobody's wish.
const DEEPEST: usize = 8;

/// What lists of folders are filtered and sorted by.
const FOLDER: Kind = Kind {
    name: "microsoft.graph.mailFolder",
    properties: &FOLDER_PROPERTIES,
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// Which properties and neighbours of a folder an answer shows.
#[derive(Clone, Debug)]
pub(crate) struct View {
    select: Select,
    /// Properties of search folders; none means all of them.
    search: Option<Vec<&'static str>>,
    children: Option<Box<Listing>>,
    messages: Option<Messages>,
    /// Ids of extended properties.
    extended: Vec<String>,
}

/// Messages that come with their folder.
#[derive(Clone, Debug)]
struct Messages {
    select: Select,
    top: usize,
}

/// A list of folders: which, in what order, and how each is shown.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) view: View,
    filter: Option<Filter>,
    order: Vec<Order>,
    top: Option<usize>,
}

impl View {
    /// Reads `$select` and `$expand` of a request.
    pub(crate) fn read(query: &Pairs) -> Result<Self, Refusal> {
        Self::of(query.first("$select"), query.first("$expand"), 0)
    }

    /// Only what a `$select` says.
    pub(crate) fn selecting(select: Option<&str>) -> Result<Self, Refusal> {
        Self::of(select, None, 0)
    }

    fn of(select: Option<&str>, expand: Option<&str>, depth: usize) -> Result<Self, Refusal> {
        let (select, search) = selected(select)?;
        let mut view = Self { select, search, children: None, messages: None, extended: Vec::new() };
        for part in Part::all(expand) {
            match part.name.to_ascii_lowercase().as_str() {
                "childfolders" if depth < DEEPEST => {
                    let inner = Self::of(part.option("$select"), part.option("$expand"), depth + 1)?;
                    let top = part.number("$top")?;
                    let listing = Listing::of(inner, part.option("$filter"), part.option("$orderby"), top)?;
                    view.children = Some(Box::new(listing));
                }
                "messages" => {
                    let top = part.number("$top")?.unwrap_or(10);
                    view.messages = Some(Messages { select: Select::messages(part.option("$select"))?, top });
                }
                "singlevalueextendedproperties" => {
                    view.extended.extend(part.ids());
                    if view.extended.is_empty() {
                        return Err(Refusal::BadQuery("Extended properties need a $filter on id.".to_owned()));
                    }
                }
                // Folders hold none of these.
                "multivalueextendedproperties" => {}
                "messagerules" | "childfolders" => return Err(Refusal::ExpandNotSupported(part.name)),
                _ => return Err(FOLDER.unknown(&part.name)),
            }
        }
        Ok(view)
    }

    /// A folder as JSON.
    pub(crate) fn show(&self, mailbox: &Mailbox, folder: &Folder, hidden: bool, call: &Call<'_>) -> Value {
        let mut value = render::folder(mailbox, folder, &self.select);
        let Some(object) = value.as_object_mut() else {
            return value;
        };
        if let Some(search) = &folder.search {
            object.insert("@odata.type".to_owned(), json!("#microsoft.graph.mailSearchFolder"));
            let wanted = |name: &str| match &self.search {
                Some(names) => names.contains(&name),
                None => self.select == Select::All,
            };
            let all = [
                ("isSupported", json!(true)),
                ("includeNestedFolders", json!(search.nested)),
                ("sourceFolderIds", json!(search.sources)),
                ("filterQuery", json!(search.query)),
            ];
            object
                .extend(all.into_iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.to_owned(), value)));
        }
        if let Some(children) = &self.children {
            let rows = children.rows(mailbox, &folder.id, hidden, call);
            let top = children.top.unwrap_or(usize::MAX);
            object.insert("childFolders".to_owned(), rows.into_iter().take(top).collect());
        }
        if let Some(messages) = &self.messages {
            let rows = folder.rows.iter().rev().take(messages.top).filter_map(|(_, key)| mailbox.message(*key));
            let rows =
                rows.map(|one| render::message(mailbox, one, &messages.select, &Default::default(), call)).collect();
            object.insert("messages".to_owned(), rows);
        }
        let extended: Vec<Value> = self
            .extended
            .iter()
            .filter_map(|id| Some(json!({"id": id, "value": extended(mailbox, folder, id)?})))
            .collect();
        if !extended.is_empty() {
            object.insert("singleValueExtendedProperties".to_owned(), Value::Array(extended));
        }
        value
    }
}

impl Listing {
    /// Reads the options of a list of folders.
    pub(crate) fn read(query: &Pairs) -> Result<Self, Refusal> {
        Self::of(View::read(query)?, query.first("$filter"), query.first("$orderby"), None)
    }

    fn of(view: View, filter: Option<&str>, order: Option<&str>, top: Option<usize>) -> Result<Self, Refusal> {
        let filter = filter.map(|text| Filter::parse(text, &FOLDER)).transpose()?;
        let order = query::order(order)?;
        match order.iter().find(|one| FOLDER.property(&one.path).is_none()) {
            Some(one) => Err(FOLDER.unknown(&one.path)),
            None => Ok(Self { view, filter, order, top }),
        }
    }

    /// The children of a folder that pass, in order.
    pub(crate) fn rows(&self, mailbox: &Mailbox, parent: &str, hidden: bool, call: &Call<'_>) -> Vec<Value> {
        self.chosen(mailbox, parent, hidden).into_iter().map(|one| self.view.show(mailbox, one, hidden, call)).collect()
    }

    pub(crate) fn chosen<'m>(&self, mailbox: &'m Mailbox, parent: &str, hidden: bool) -> Vec<&'m Folder> {
        let mut found: Vec<(&Folder, Value)> = mailbox
            .folders()
            .filter(|folder| folder.parent.as_deref() == Some(parent))
            .filter(|folder| hidden || !folder.hidden)
            .map(|folder| (folder, render::folder(mailbox, folder, &Select::All)))
            .filter(|(_, row)| self.filter.as_ref().is_none_or(|filter| filter.accepts(row)))
            .collect();
        found.sort_by_key(|(folder, _)| folder.name.to_lowercase());
        found.sort_by(|(_, a), (_, b)| rows::sorted(a, b, &self.order));
        found.into_iter().map(|(folder, _)| folder).collect()
    }
}

/// The value of an extended property: kept by a client, or computed as Exchange does.
fn extended(mailbox: &Mailbox, folder: &Folder, id: &str) -> Option<String> {
    if let Some((_, value)) = folder.extended.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)) {
        return Some(value.clone());
    }
    let sized = SIZES.iter().any(|size| size.eq_ignore_ascii_case(id));
    sized
        .then(|| folder.rows.iter().filter_map(|(_, key)| mailbox.message(*key)).map(weight).sum::<usize>().to_string())
}

/// What a message weighs, in bytes: as it came, or its text and attachments.
fn weight(message: &Message) -> usize {
    let attached = || message.attachments.iter().map(|one| one.bytes.len()).sum::<usize>();
    message.mime.as_ref().map_or_else(|| message.content.text.len() + attached(), Vec::len)
}

/// Splits a `$select` into the properties of every folder and, by their cast, those of search folders.
fn selected(text: Option<&str>) -> Result<(Select, Option<Vec<&'static str>>), Refusal> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok((Select::All, None));
    };
    let mut plain = vec!["id"];
    let mut search = Vec::new();
    for name in text.split(',').map(str::trim) {
        if name == "*" {
            return Ok((Select::All, None));
        }
        match name.get(..SEARCH_CAST.len()).filter(|cast| cast.eq_ignore_ascii_case(SEARCH_CAST)) {
            Some(cast) => {
                let bare = name.get(cast.len()..).unwrap_or_default();
                let known = SEARCH_PROPERTIES.into_iter().find(|known| known.eq_ignore_ascii_case(bare));
                search.push(known.ok_or_else(|| FOLDER.unknown(name))?);
            }
            None => plain.push(name),
        }
    }
    Ok((Select::folders(Some(&plain.join(",")))?, Some(search)))
}
