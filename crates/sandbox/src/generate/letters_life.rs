//! Letters from friends and family.
//! Short, warm, and not in a hurry.

use crate::generate::card::{Answer, CARD, Card, File, Voice};
use crate::generate::letter::Place;

pub(super) const CARDS: [Card; 9] = [
    Card {
        from: Voice::Friend,
        subject: "{dish} on {day}?",
        text: "Are you free on {day}? I am craving {dish}, and nobody here understands. I could be in town by seven.",
        answers: &[
            Answer::Mine("Yes! Seven is perfect. I book a table for two, window if they let me."),
            Answer::Theirs("You are the best. I bring the book I owe you."),
        ],
        category: "Personal",
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Photos from the weekend",
        text: "Hello you,\n\nthe good ones are attached; the others show me blinking. The one at the lighthouse should go on a wall.\n\nWhen do we go again?\n\nLove,\n{them}",
        files: &[File::Picture("lighthouse.png"), File::Picture("harbour.png")],
        category: "Personal",
        answers: &[Answer::Mine("They are wonderful. Printed already. Again in {nextmonth}, before the storms?")],
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Book club: {book}",
        text: "Dear readers,\n\nwe meet on {day} at eight at mine. The book is {book}; whoever has not finished it brings the wine. I have opinions about the ending.\n\n{them}",
        answers: &[
            Answer::Mine("I shall bring wine. Not because I have not finished, of course."),
            Answer::Theirs("Of course."),
        ],
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Grandmother's eightieth",
        text: "Hi all,\n\nthe day is coming closer and we need a plan. So far:\n\n- lunch at the old mill, {n} people, booked\n- a cake with too many candles: Theo\n- music: still nobody\n\nAda, would you say a few words? Three minutes, no mathematics.\n\n{them}",
        answers: &[
            Answer::Mine("I will. A little mathematics, well hidden."),
            Answer::Theirs("I knew it. Two minutes, then."),
        ],
        category: "Personal",
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "{city} in {nextmonth}",
        text: "I found a small flat in {city}, two rooms, a balcony over the roofs, and a bakery downstairs. Four days from {date}. The train is direct.\n\nShall I take it? They hold it until {day}.",
        answers: &[
            Answer::Mine("Take it, take it. I pay the train."),
            Answer::Theirs("Taken! I send you the address as soon as they confirm."),
        ],
        place: Place::Folder("Travel"),
        category: "Travel",
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Your bicycle",
        text: "It stands in our cellar since {lastmonth} and has made friends with the spiders. The brakes are done, the bell still sounds like a goose. Come and get it when you like; the key is where it always is.",
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "That recipe you asked for",
        text: "As promised, from memory and therefore without quantities:\n\n- onions, more than you think\n- a good piece of ginger\n- red lentils, one glass a person\n- tomatoes, the ones from the tin are fine\n- lemon, at the very end\n\nLet it stand for an hour. Nobody ever does.",
        answers: &[Answer::Mine("I did let it stand for an hour. You were right.")],
        plain: true,
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Moving day: help wanted",
        text: "Dear people with strong arms,\n\nwe move on {date}, from the fourth floor to the fifth, naturally in another street. Start at nine, soup at one, done by four if the piano behaves.\n\nWho has a van?\n\n{them}",
        answers: &[
            Answer::Mine("No van, but two arms and a trolley. I am there at nine."),
            Answer::Theirs("A trolley! You may have two bowls of soup."),
        ],
        ..CARD
    },
    Card {
        from: Voice::Friend,
        subject: "Concert on {date}",
        text: "I have a ticket too many: string quartet, second row, the small hall. Bartók before the interval and Schubert after, so we leave comforted. Yours if you want it.",
        answers: &[Answer::Mine("I want it! Thank you. I meet you at the cloakroom at half past seven.")],
        ..CARD
    },
];
