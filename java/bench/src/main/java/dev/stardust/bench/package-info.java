/** Measures the figures that the wallet promises, and prints them as a table. */
@NullMarked
package dev.stardust.bench;

import org.jspecify.annotations.NullMarked;
