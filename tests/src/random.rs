const ALPHABET: [char; 36] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// `stem_` and ten random characters: good as a username, a database or a client id.
pub fn random_name(stem: &str) -> String {
    format!("{stem}_{}", nanoid::nanoid!(10, &ALPHABET))
}
