//! The one place where findings become a verdict, and a verdict becomes an exit code.

use aof_log::{Finding, FindingId, Severity};

use crate::exit::Exit;

/// What a check comes to, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing is wrong.
    Clean,
    /// There is nothing in it.
    Empty,
    /// A server loads it, perhaps not as meant.
    Attention,
    /// Something is lost, or a server will not load it.
    Damaged,
    /// It could not be judged, or not to its end.
    Unreadable,
}

impl Verdict {
    /// The worst of all findings; an input without a byte and without damage is empty.
    pub(crate) fn of<'f>(findings: impl Iterator<Item = &'f Finding>, is_empty: bool) -> Self {
        let worst = findings.map(of_one).max().unwrap_or(Self::Clean);
        if is_empty { worst.max(Self::Empty) } else { worst }
    }

    /// What the shell is told. Where data were expected, an empty input is damage.
    pub(crate) const fn exit(self, expect_data: bool) -> Exit {
        match self {
            Self::Empty if expect_data => Exit::DAMAGE,
            Self::Clean | Self::Empty => Exit::CLEAN,
            Self::Attention => Exit::ATTENTION,
            Self::Damaged => Exit::DAMAGE,
            Self::Unreadable => Exit::ERROR,
        }
    }

    /// The word that scripts rely on.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Empty => "empty",
            Self::Attention => "attention",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
        }
    }
}

fn of_one(finding: &Finding) -> Verdict {
    use FindingId::{InputEncrypted, InputWrongType, PartUnreadable};
    match finding.severity {
        Severity::Note => Verdict::Clean,
        Severity::Attention => Verdict::Attention,
        Severity::Damage => match finding.id {
            InputEncrypted | InputWrongType | PartUnreadable => Verdict::Unreadable,
            _ => Verdict::Damaged,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(ids: &[FindingId]) -> Verdict {
        let findings: Vec<Finding> = ids.iter().map(|id| Finding::new(*id, 0, 1, "")).collect();
        Verdict::of(findings.iter(), false)
    }

    #[test]
    fn the_worst_finding_decides() {
        use FindingId::{AofExecStray, AofTailTorn, InputCompressed, PartUnreadable};
        assert_eq!(verdict(&[]), Verdict::Clean);
        assert_eq!(verdict(&[InputCompressed]), Verdict::Clean);
        assert_eq!(verdict(&[AofExecStray, InputCompressed]), Verdict::Attention);
        assert_eq!(verdict(&[AofTailTorn, AofExecStray]), Verdict::Damaged);
        assert_eq!(verdict(&[PartUnreadable, AofTailTorn]), Verdict::Unreadable);
    }

    #[test]
    fn an_empty_input_is_damage_only_where_data_were_expected() {
        assert_eq!(Verdict::of([].iter(), true), Verdict::Empty);
        assert_eq!(Verdict::Empty.exit(false), Exit::CLEAN);
        assert_eq!(Verdict::Empty.exit(true), Exit::DAMAGE);
        assert_eq!(Verdict::Clean.exit(true), Exit::CLEAN);
    }
}
