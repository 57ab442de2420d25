//! What can be wrong with a log: the one table of findings, and what one of them says.

use std::fmt;

/// How much a finding matters. The verdict is the largest of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// A server loads it, but perhaps not as meant.
    Attention,
    /// Something is lost, or a server will not load it.
    Damage,
}

/// How sure a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// One reading among others.
    Guess,
    /// What the evidence suggests; RESP carries no checksum to prove it.
    Likely,
    /// Follows from the bytes.
    Certain,
}

/// What kind of cure there is. The voice words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing needs to be done.
    Nothing,
    /// Cut the part at its end checkpoint.
    CutTail,
    /// Keep what stands on both sides of the damage.
    Salvage,
    /// Every record is readable: write the log anew in the strict form.
    Rewrite,
    /// Every part is readable: write the manifest anew from what is on the disk.
    Rebuild,
    /// Only the person who knows how the log came about can decide.
    Decide,
    /// Get the input from its source again.
    FetchAgain,
    /// Give it to the tool it belongs to.
    OtherTool,
}

macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident $id:literal $severity:ident $confidence:ident $remedy:ident;)*) => {
        /// The stable name of a kind of finding. `docs/findings.md` has a section on each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingId { $($(#[$doc])* $name,)* }

        impl FindingId {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name that scripts rely on.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How much it usually matters.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// How sure it usually is.
            pub const fn confidence(self) -> Confidence {
                match self { $(Self::$name => Confidence::$confidence,)* }
            }

            /// What kind of cure there is.
            pub const fn remedy(self) -> Remedy {
                match self { $(Self::$name => Remedy::$remedy,)* }
            }
        }
    };
}

findings! {
    /// The part ends in the middle of a record or of an annotation.
    AofTailTorn "AOF-TAIL-TORN" Damage Certain CutTail;
    /// The part ends in NUL bytes.
    AofTailNul "AOF-TAIL-NUL" Damage Certain CutTail;
    /// The part ends in bytes that are no record.
    AofTailGarbage "AOF-TAIL-GARBAGE" Damage Certain CutTail;
    /// The last bytes of the part repeat those before them.
    AofTailDuplicated "AOF-TAIL-DUPLICATED" Damage Likely Decide;
    /// A transaction without its `EXEC` ends the part.
    AofMultiOpen "AOF-MULTI-OPEN" Damage Certain CutTail;
    /// A transaction without its `EXEC`, with records of a later session behind it.
    AofMultiDangling "AOF-MULTI-DANGLING" Damage Likely Salvage;
    /// An `EXEC` without its `MULTI`.
    AofExecStray "AOF-EXEC-STRAY" Attention Certain Rewrite;
    /// Bytes between two records that yield no command.
    AofGap "AOF-GAP" Damage Certain Salvage;
    /// A run of NUL bytes between two records.
    AofHoleNul "AOF-HOLE-NUL" Damage Certain Salvage;
    /// A record that is not well formed, with good ones behind it.
    AofFrameBad "AOF-FRAME-BAD" Damage Certain Salvage;
    /// A record that a loader accepts and `redis-check-aof` does not.
    AofFrameLoose "AOF-FRAME-LOOSE" Attention Certain Rewrite;
    /// A value that is nothing but NUL bytes.
    AofValueZeroed "AOF-VALUE-ZEROED" Note Guess Nothing;
    /// Line ends that lost their CR.
    AofCrlfStripped "AOF-CRLF-STRIPPED" Damage Likely Rewrite;
    /// Line ends inside values that got a CR.
    AofCrlfAdded "AOF-CRLF-ADDED" Damage Likely Rewrite;
    /// A byte order mark before the first record.
    AofBom "AOF-BOM" Damage Certain Rewrite;
    /// A second log begins inside the part.
    AofConcatenated "AOF-CONCATENATED" Damage Likely Decide;
    /// Two servers wrote the part at the same time.
    AofTwoWriters "AOF-TWO-WRITERS" Damage Guess Decide;
    /// The clock of the log goes back.
    AofTsBackwards "AOF-TS-BACKWARDS" Attention Certain Nothing;
    /// A record glued to a torn annotation.
    AofTsGlued "AOF-TS-GLUED" Damage Certain Rewrite;
    /// An annotation of an unknown kind.
    AofAnnotationUnknown "AOF-ANNOTATION-UNKNOWN" Note Certain Nothing;
    /// A command that no known server has.
    AofCmdUnknown "AOF-CMD-UNKNOWN" Damage Likely Decide;
    /// A command with a number of arguments that no server accepts.
    AofCmdArity "AOF-CMD-ARITY" Damage Certain Decide;
    /// A command that servers refuse while they load the log.
    AofCmdFails "AOF-CMD-FAILS" Attention Likely Decide;
    /// A `SELECT` of a database that does not exist.
    AofSelectRange "AOF-SELECT-RANGE" Attention Likely Decide;
    /// Records whose database had to be assumed.
    AofDbAssumed "AOF-DB-ASSUMED" Attention Likely Decide;
    /// The data were flushed.
    AofFlush "AOF-FLUSH" Note Certain Decide;
    /// A value whose expiry was lost.
    AofTtlPairTorn "AOF-TTL-PAIR-TORN" Attention Likely Decide;
    /// A record whose replay depends on chance or on the clock.
    AofNondeterministic "AOF-NONDETERMINISTIC" Attention Certain Decide;
    /// Records behind an RDB preamble of which the first one is torn.
    AofPreambleTail "AOF-PREAMBLE-TAIL" Damage Certain CutTail;
    /// Parts are there, and no manifest names them.
    ManifestMissing "MANIFEST-MISSING" Damage Certain Rebuild;
    /// The manifest has no byte.
    ManifestEmpty "MANIFEST-EMPTY" Damage Certain Rebuild;
    /// A line of the manifest that servers refuse.
    ManifestSyntax "MANIFEST-SYNTAX" Damage Certain Rebuild;
    /// The manifest is older than the parts beside it.
    ManifestStale "MANIFEST-STALE" Damage Likely Rebuild;
    /// The manifest names a part that is not there.
    PartMissing "PART-MISSING" Damage Certain Rebuild;
    /// A part that no manifest names.
    PartOrphan "PART-ORPHAN" Attention Likely Decide;
    /// An increment between two others is neither named nor there.
    PartSeqGap "PART-SEQ-GAP" Attention Likely Decide;
    /// A part that is not the last one does not end with a whole record.
    PartNotLastTorn "PART-NOT-LAST-TORN" Damage Certain Salvage;
    /// What an unfinished rewrite or snapshot left.
    PartTempLeftover "PART-TEMP-LEFTOVER" Note Certain Nothing;
    /// Offsets in the manifest that do not fit the part.
    PartOffsetRange "PART-OFFSET-RANGE" Attention Certain Decide;
    /// An increment that begins with an RDB file.
    PartRdbInIncr "PART-RDB-IN-INCR" Attention Certain Decide;
    /// Several sets, or several files that could be the same part.
    SetAmbiguous "SET-AMBIGUOUS" Attention Likely Decide;
    /// The files of a set are from different moments.
    SnapshotInconsistent "SNAPSHOT-INCONSISTENT" Damage Likely FetchAgain;
    /// A repair was begun and neither finished nor taken back.
    RepairInterrupted "REPAIR-INTERRUPTED" Attention Certain Decide;
    /// A data folder without a persistence file.
    DataDirEmpty "DATA-DIR-EMPTY" Note Certain Nothing;
    /// A start would leave out all the data that are on the disk.
    ServerStartsEmpty "SERVER-STARTS-EMPTY" Damage Certain Decide;
    /// A start would replace what is on the disk by the data of another server.
    ServerWillResync "SERVER-WILL-RESYNC" Attention Likely Decide;
    /// A restricted default user drops the transactions of the log.
    ConfAclDropsExec "CONF-ACL-DROPS-EXEC" Damage Certain Decide;
    /// An RDB file without a byte.
    RdbEmpty "RDB-EMPTY" Damage Certain Decide;
    /// An RDB file that ends too early.
    RdbTruncated "RDB-TRUNCATED" Damage Certain Salvage;
    /// The checksum of an RDB file is wrong.
    RdbCrc "RDB-CRC" Damage Certain Salvage;
    /// One bit of an RDB file was flipped, and it is known which.
    RdbCrcBitflip "RDB-CRC-BITFLIP" Damage Certain Salvage;
    /// An RDB file without a checksum.
    RdbCrcDisabled "RDB-CRC-DISABLED" Note Certain Nothing;
    /// Bytes of an RDB file that are no record.
    RdbValueBad "RDB-VALUE-BAD" Damage Certain Salvage;
    /// An RDB file of a version that not every server reads.
    RdbVersion "RDB-VERSION" Attention Certain Decide;
    /// An RDB file with data of a module.
    RdbModule "RDB-MODULE" Attention Certain Decide;
    /// An RDB file with keys that have expired.
    RdbExpired "RDB-EXPIRED" Note Certain Decide;
    /// An RDB file that holds a key twice.
    RdbDuplicateKey "RDB-DUPLICATE-KEY" Damage Certain Salvage;
    /// A second RDB file behind the first.
    RdbConcatenated "RDB-CONCATENATED" Damage Certain Decide;
    /// NUL bytes behind an RDB file.
    RdbTrailingNul "RDB-TRAILING-NUL" Note Certain Nothing;
    /// The input is compressed.
    InputCompressed "INPUT-COMPRESSED" Note Certain Nothing;
    /// The input ends before its container does.
    InputShortCopy "INPUT-SHORT-COPY" Damage Certain FetchAgain;
    /// The input is encrypted.
    InputEncrypted "INPUT-ENCRYPTED" Damage Likely OtherTool;
    /// The input is something else.
    InputWrongType "INPUT-WRONG-TYPE" Damage Likely OtherTool;
    /// A process has the input open for writing.
    InputInUse "INPUT-IN-USE" Note Certain Nothing;
    /// The storage failed while the part was read.
    PartUnreadable "PART-UNREADABLE" Damage Certain FetchAgain;
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub id: FindingId,
    /// How much it matters here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// Where it begins: an offset in decoded bytes.
    pub offset: u64,
    /// How many bytes it spans.
    pub length: u64,
    /// What is wrong, in one sentence, safe to print.
    pub message: String,
    /// What most likely brought it about, safe to print; empty where that is not known.
    pub cause: &'static str,
    /// What it costs.
    pub loss: Loss,
}

impl Finding {
    /// A finding with the usual severity and confidence, and no loss.
    pub fn new(id: FindingId, offset: u64, length: u64, message: impl Into<String>) -> Self {
        Self {
            id,
            severity: id.severity(),
            confidence: id.confidence(),
            offset,
            length,
            message: message.into(),
            cause: "",
            loss: Loss::default(),
        }
    }

    /// The same with another severity.
    #[must_use]
    pub fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same with another confidence.
    #[must_use]
    pub fn confidence(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    /// The same with a probable cause.
    #[must_use]
    pub fn cause(self, cause: &'static str) -> Self {
        Self { cause, ..self }
    }

    /// The same with what it costs.
    #[must_use]
    pub fn loss(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }

    /// Offset of the first byte behind it.
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// What a finding costs, as far as the bytes tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loss {
    /// Bytes that yield no command.
    pub bytes: u64,
    /// Commands of which bytes stand there. Commands of which nothing is left leave no trace.
    pub commands: CommandRange,
    /// Keys that these commands name, as far as they can be read.
    pub keys: Keys,
    /// Seconds of writes, at the most, between the clock lines around the loss.
    pub seconds: Option<u64>,
}

/// From `min` to `max` commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommandRange {
    /// At least this many.
    pub min: u64,
    /// At most this many.
    pub max: u64,
}

impl CommandRange {
    /// Exactly `count` commands.
    pub const fn exactly(count: u64) -> Self {
        Self { min: count, max: count }
    }
}

/// Keys that are known by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// How many keys were readable, repetitions included.
    pub count: u64,
    /// The first of them.
    pub sample: Vec<Key>,
}

impl Keys {
    /// How many keys a sample holds at most.
    pub const SAMPLE: usize = 10;

    /// Adds a key; a key longer than 256 bytes is kept as its beginning.
    pub fn add(&mut self, db: Option<u32>, name: &[u8]) {
        self.count += 1;
        if self.sample.len() < Self::SAMPLE {
            self.sample.push(Key { db, name: name[..name.len().min(256)].to_vec() });
        }
    }
}

/// A key's name and its database, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The database.
    pub db: Option<u32>,
    /// The name: any bytes.
    pub name: Vec<u8>,
}
