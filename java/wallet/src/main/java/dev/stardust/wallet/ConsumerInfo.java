package dev.stardust.wallet;

/**
 * A durable consumer.
 *
 * @param name its name
 * @param logId the id of the log
 * @param acknowledged the position that it has acknowledged; 0 for nothing
 * @param latest the position of the newest event in the log; 0 if there is none
 */
public record ConsumerInfo(String name, String logId, long acknowledged, long latest) {}
