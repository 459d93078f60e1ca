/** One program for each step of the exchange guide, and the two ways to keep users apart. */
@NullMarked
package dev.stardust.examples;

import org.jspecify.annotations.NullMarked;
