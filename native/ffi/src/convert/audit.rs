//! The engine's audit log as messages have it.

use stardust_wallet::audit as engine;

use crate::message::{
    scalar::Hex,
    types::{AuditHead, AuditProblem, AuditRecord, AuditVerdict},
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
