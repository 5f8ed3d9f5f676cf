macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal,)+) => {
        /// Why the server closes a socket, and so what the client does next. 1xxx are RFC 6455's, 44xx ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum CloseCode {
            $($(#[doc = $meaning])+ $name = $code,)+
        }

        impl CloseCode {
            /// All of them.
            pub const ALL: &[CloseCode] = &[$(CloseCode::$name,)+];

            /// What it means, for documents.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(CloseCode::$name => concat!($($meaning),+).trim_ascii(),)+
                }
            }
        }
    };
}

codes! {
    /// Both are done.
    Normal = 1000,
    /// The bytes are no WebSocket (RFC 6455 §7.4.1).
    Protocol = 1002,
    /// A binary frame; Chatire speaks text.
    Unsupported = 1003,
    /// The text is not UTF-8.
    InvalidText = 1007,
    /// A frame over the limit (64 KiB by default).
    TooBig = 1009,
    /// The server restarts: reconnect after a short random wait, and resume.
    Restart = 1012,
    /// A frame that is no JSON of this protocol. The client has a bug: reconnecting does not help.
    BadFrame = 4400,
    /// Token missing, expired or revoked: get a new one, then reconnect.
    Unauthorized = 4401,
    /// Not allowed; reconnecting does not help, but after an `auth` that named another session: that one may connect.
    Forbidden = 4403,
    /// The client reads too slowly: reconnect and resume.
    TooSlow = 4408,
    /// Too many sockets or frames: reconnect after a longer wait.
    TooMany = 4429,
}

impl CloseCode {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }
}
