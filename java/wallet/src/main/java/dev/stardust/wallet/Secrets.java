package dev.stardust.wallet;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Conversions of secrets that leave no copy behind. */
final class Secrets {
    /** So many bytes the native part takes. */
    private static final int LONGEST = 4096;

    private Secrets() {}

    /** Returns a password as UTF-8; the caller wipes the result. */
    static byte[] password(char[] password) {
        return checked(utf8(password), ErrorKind.INVALID_PASSWORD, "a password has 4,096 bytes in UTF-8 at most");
    }

    /** Returns the words of a mnemonic as UTF-8; the caller wipes the result. */
    static byte[] words(char[] words) {
        return checked(utf8(words), ErrorKind.MNEMONIC_INVALID, "24 words have fewer than 4,096 bytes");
    }

    private static byte[] checked(byte[] utf8, ErrorKind kind, String message) {
        if (utf8.length <= LONGEST) {
            return utf8;
        }
        Arrays.fill(utf8, (byte) 0);
        throw new SecretManagerException(kind.name(), message, false, Map.of(), null);
    }

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
                    ErrorKind.INVALID_ARGUMENT.name(), "the secret is not valid Unicode text", false, Map.of(), null);
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
