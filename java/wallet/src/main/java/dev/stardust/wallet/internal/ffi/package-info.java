/** The only package that names JNA: calls into the native library. */
@NullMarked
package dev.stardust.wallet.internal.ffi;

import org.jspecify.annotations.NullMarked;
