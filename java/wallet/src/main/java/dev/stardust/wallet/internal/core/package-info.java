/** The session: pending requests, the pump thread, listeners. */
@NullMarked
package dev.stardust.wallet.internal.core;

import org.jspecify.annotations.NullMarked;
