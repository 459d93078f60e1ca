package dev.stardust.wallet;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Conversions of secrets that leave no copy behind. */
final class Secrets {
    private Secrets() {}

    /** Returns the characters as UTF-8; the caller wipes the result. */
    static byte[] utf8(char[] secret) {
        byte[] room = new byte[Math.multiplyExact(secret.length, 4)];
        try {
            ByteBuffer out = ByteBuffer.wrap(room);
            var encoder = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
            var result = encoder.encode(CharBuffer.wrap(secret), out, true);
            if (result.isError()) {
                result.throwException();
            }
            return Arrays.copyOf(room, out.position());
        } catch (CharacterCodingException e) {
            // without the cause's position, which would tell about the secret
            throw new InvalidInputException(
                    ErrorKind.INVALID_ARGUMENT.name(),
                    "the secret is not valid Unicode text",
                    false,
                    java.util.Map.of(),
                    null);
        } finally {
            Arrays.fill(room, (byte) 0);
        }
    }

    /** Returns UTF-8 as characters; the caller wipes the result, and the argument. */
    static char[] chars(byte[] utf8) {
        CharBuffer decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(utf8));
        char[] room = decoded.array();
        try {
            return Arrays.copyOf(room, decoded.remaining());
        } finally {
            Arrays.fill(room, '\0');
        }
    }
}
