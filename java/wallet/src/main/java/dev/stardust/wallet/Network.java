package dev.stardust.wallet;

/**
 * The network of the wallet's nodes.
 *
 * @param name the network's name
 * @param networkId the id that is part of every transaction (hex)
 * @param bech32Hrp the beginning of every address, such as {@code smr}
 * @param protocolVersion the version of the protocol; 2 is Stardust
 * @param minPowScore the proof of work that a block needs
 * @param tokenSupply all base coins that there are
 */
public record Network(
        String name, String networkId, String bech32Hrp, int protocolVersion, long minPowScore, Amount tokenSupply) {}
