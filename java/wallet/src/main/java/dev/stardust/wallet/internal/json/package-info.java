/** The message format: requests, results and events as JSON. */
@NullMarked
package dev.stardust.wallet.internal.json;

import org.jspecify.annotations.NullMarked;
