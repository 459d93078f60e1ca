/** What the API is made of; nothing here is for users. */
@NullMarked
package dev.stardust.wallet.internal;

import org.jspecify.annotations.NullMarked;
