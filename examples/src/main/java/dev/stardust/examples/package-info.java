/** The exchange guide as programs: one for each of its six steps, and the two ways to keep users apart. */
@NullMarked
package dev.stardust.examples;

import org.jspecify.annotations.NullMarked;
