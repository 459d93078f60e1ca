package dev.stardust.wallet;

/**
 * Where the audit log ended when this was asked for. Kept where nobody who can write the wallet's directory can change it,
 * it shows later that nothing up to it was changed: see {@link AuditLog#verify(AuditHead)}.
 *
 * @param sequence the newest record's position, from 1
 * @param hash its hash: {@code 0x} and 64 hexadecimal digits
 */
public record AuditHead(long sequence, String hash) {}
