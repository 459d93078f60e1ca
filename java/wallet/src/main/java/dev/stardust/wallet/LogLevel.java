package dev.stardust.wallet;

import org.slf4j.Logger;

/** Which log records the native part makes. */
public enum LogLevel {
    /** None. */
    OFF,
    /** Errors. */
    ERROR,
    /** Errors and warnings. */
    WARN,
    /** What an operator may want to know. */
    INFO,
    /** What a developer may want to know. */
    DEBUG,
    /** Everything. */
    TRACE;

    static LogLevel of(Logger logger) {
        if (logger.isTraceEnabled()) {
            return TRACE;
        }
        if (logger.isDebugEnabled()) {
            return DEBUG;
        }
        if (logger.isInfoEnabled()) {
            return INFO;
        }
        if (logger.isWarnEnabled()) {
            return WARN;
        }
        return logger.isErrorEnabled() ? ERROR : OFF;
    }
}
