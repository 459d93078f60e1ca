/** Finds, checks and loads the native library. */
@NullMarked
package dev.stardust.wallet.internal.loader;

import org.jspecify.annotations.NullMarked;
