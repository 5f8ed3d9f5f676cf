//! The headers of a client's frames (RFC 6455 §5.2), as far as they say how much follows.

/// Of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the payload.
    pub(super) length: u64,
    /// Bytes of the header itself.
    pub(super) size: u64,
    /// A ping, pong or close.
    pub(super) is_control: bool,
    /// The last piece of its message.
    pub(super) is_last: bool,
}

/// A header of which some bytes have come. The longest one has 14.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unfinished {
    bytes: [u8; 14],
    count: usize,
}

impl Unfinished {
    /// Takes bytes from `at` on, and moves it. Returns the header once it is complete, and begins anew. An error says why
    /// it is none that a client may send.
    pub(super) fn read(&mut self, bytes: &[u8], at: &mut usize) -> Result<Option<Header>, &'static str> {
        while *at < bytes.len() {
            self.bytes[self.count] = bytes[*at];
            self.count += 1;
            *at += 1;
            if self.count < 2 {
                continue;
            }
            self.check()?;
            if self.count == self.size() {
                let header = self.header()?;
                self.count = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    fn size(&self) -> usize {
        let extended = match self.bytes[1] & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        // With the mask, which every client's frame has.
        2 + extended + 4
    }

    /// What the first two bytes must be like.
    fn check(&self) -> Result<(), &'static str> {
        let [first, second, ..] = self.bytes;
        if first & 0x70 != 0 {
            return Err("reserved bits are set, and no extension was agreed on");
        }
        if !matches!(first & 0x0F, 0x0..=0x2 | 0x8..=0xA) {
            return Err("the opcode is none of RFC 6455");
        }
        if second & 0x80 == 0 {
            return Err("a client's frame must be masked");
        }
        if self.is_control() && (first & 0x80 == 0 || second & 0x7F > 125) {
            return Err("a control frame comes in one piece of at most 125 bytes");
        }
        Ok(())
    }

    fn is_control(&self) -> bool {
        self.bytes[0] & 0x08 != 0
    }

    fn header(&self) -> Result<Header, &'static str> {
        let bytes = &self.bytes;
        let length = match bytes[1] & 0x7F {
            126 => u64::from(u16::from_be_bytes([bytes[2], bytes[3]])),
            127 => {
                let [_, _, a, b, c, d, e, f, g, h, ..] = *bytes;
                u64::from_be_bytes([a, b, c, d, e, f, g, h])
            }
            length => u64::from(length),
        };
        if length > i64::MAX as u64 {
            return Err("a length has 63 bits");
        }
        let (is_control, is_last) = (self.is_control(), bytes[0] & 0x80 != 0);
        Ok(Header { length, size: self.count as u64, is_control, is_last })
    }
}
