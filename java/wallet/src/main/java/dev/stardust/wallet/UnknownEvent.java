package dev.stardust.wallet;

/**
 * An event of a type that this version of the Java part does not know. It has a position like any other, so a
 * consumer can go past it, if its operator knows that it may.
 *
 * @param type the type's name
 * @param id the key of the fact; empty if the core gave none
 * @param logId the id of the log; empty for a live event
 * @param sequence the position in the log; 0 for a live event
 * @param json the whole event as it came
 */
public record UnknownEvent(String type, String id, String logId, long sequence, String json) implements LedgerEvent {}
