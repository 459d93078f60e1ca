//! The engine's audit log as messages have it.

use stardust_wallet::audit as engine;

use crate::message::{
    scalar::Hex,
    types::{AuditBreak, AuditHead, AuditKind, AuditProblem, AuditRecord, AuditVerdict},
};

impl From<engine::AuditHead> for AuditHead {
    fn from(head: engine::AuditHead) -> Self {
        Self { sequence: head.sequence, hash: Hex::bytes(&head.hash) }
    }
}

impl From<engine::AuditRecord> for AuditRecord {
    fn from(record: engine::AuditRecord) -> Self {
        Self {
            sequence: record.sequence,
            time_ms: record.time_ms,
            kind: record.kind.into(),
            account_index: record.account,
            idempotency_key: record.key,
            transaction_id: record.transaction.as_ref().map(Hex::from),
            details: record.details,
            hash: Hex::bytes(&record.hash),
        }
    }
}

impl From<engine::Verdict> for AuditVerdict {
    fn from(verdict: engine::Verdict) -> Self {
        let problem = verdict.broken.map(|broken| AuditProblem {
            sequence: broken.sequence,
            kind: broken.kind.into(),
            message: broken.text,
        });
        Self { records: verdict.records, head: verdict.head.into(), restored_at: verdict.restored, problem }
    }
}

impl From<engine::BreakKind> for AuditBreak {
    fn from(kind: engine::BreakKind) -> Self {
        match kind {
            engine::BreakKind::Gap => Self::Gap,
            engine::BreakKind::Altered => Self::Altered,
            engine::BreakKind::End => Self::End,
            engine::BreakKind::Foreign => Self::Foreign,
            engine::BreakKind::Expected => Self::Expected,
        }
    }
}

impl From<engine::AuditKind> for AuditKind {
    fn from(kind: engine::AuditKind) -> Self {
        match kind {
            engine::AuditKind::Begun => Self::Begun,
            engine::AuditKind::NetworkMet => Self::NetworkMet,
            engine::AuditKind::SeedGiven => Self::SeedGiven,
            engine::AuditKind::SeedAdopted => Self::SeedAdopted,
            engine::AuditKind::PasswordChanging => Self::PasswordChanging,
            engine::AuditKind::PasswordChanged => Self::PasswordChanged,
            engine::AuditKind::AccountCreated => Self::AccountCreated,
            engine::AuditKind::AccountRenamed => Self::AccountRenamed,
            engine::AuditKind::AddressesIssued => Self::AddressesIssued,
            engine::AuditKind::AddressesTaken => Self::AddressesTaken,
            engine::AuditKind::AddressesSkipped => Self::AddressesSkipped,
            engine::AuditKind::Imported => Self::Imported,
            engine::AuditKind::RulesSet => Self::RulesSet,
            engine::AuditKind::PaymentRequested => Self::PaymentRequested,
            engine::AuditKind::PaymentRefused => Self::PaymentRefused,
            engine::AuditKind::WithdrawalRequested => Self::WithdrawalRequested,
            engine::AuditKind::WithdrawalHeld => Self::WithdrawalHeld,
            engine::AuditKind::WithdrawalApproved => Self::WithdrawalApproved,
            engine::AuditKind::WithdrawalAllowed => Self::WithdrawalAllowed,
            engine::AuditKind::WithdrawalRefused => Self::WithdrawalRefused,
            engine::AuditKind::WithdrawalAssigned => Self::WithdrawalAssigned,
            engine::AuditKind::WithdrawalCancelRequested => Self::WithdrawalCancelRequested,
            engine::AuditKind::WithdrawalCancelled => Self::WithdrawalCancelled,
            engine::AuditKind::WithdrawalReleased => Self::WithdrawalReleased,
            engine::AuditKind::TransactionSigned => Self::TransactionSigned,
            engine::AuditKind::TransactionRecovered => Self::TransactionRecovered,
            engine::AuditKind::TransactionSubmitted => Self::TransactionSubmitted,
            engine::AuditKind::TransactionRejected => Self::TransactionRejected,
            engine::AuditKind::TransactionContested => Self::TransactionContested,
            engine::AuditKind::TransactionConfirmed => Self::TransactionConfirmed,
            engine::AuditKind::TransactionDead => Self::TransactionDead,
            engine::AuditKind::TransactionCancelled => Self::TransactionCancelled,
            engine::AuditKind::TransactionResolved => Self::TransactionResolved,
            engine::AuditKind::RecoveredNamed => Self::RecoveredNamed,
            engine::AuditKind::RecoveredDismissed => Self::RecoveredDismissed,
            engine::AuditKind::KeyBound => Self::KeyBound,
            engine::AuditKind::OutputsLocked => Self::OutputsLocked,
            engine::AuditKind::OutputsUnlocked => Self::OutputsUnlocked,
            engine::AuditKind::ForeignSigner => Self::ForeignSigner,
            engine::AuditKind::ForeignSignerReleased => Self::ForeignSignerReleased,
            engine::AuditKind::GapEntered => Self::GapEntered,
            engine::AuditKind::GapRepaired => Self::GapRepaired,
            engine::AuditKind::WitnessDiffered => Self::WitnessDiffered,
            engine::AuditKind::WitnessAgreed => Self::WitnessAgreed,
            engine::AuditKind::Restored => Self::Restored,
            engine::AuditKind::IssuingReleased => Self::IssuingReleased,
            engine::AuditKind::PaymentsReleased => Self::PaymentsReleased,
        }
    }
}
