/// How long a lone ESC waits for the rest of a sequence before it is the Escape key.
public enum EscapeWait {
    /// Milliseconds on this machine's own terminals, which write a sequence at once (the usual `ESCDELAY`).
    public static let local = 25
    /// Over a network: longer than the 200 ms after which TCP first sends a lost segment again, as Linux sets it.
    public static let remote = 250
    /// The longest that can be set.
    public static let longest = 1000

    /// Whether the environment says that the keyboard is far away. mosh keeps the variables of the ssh that started it.
    static func isRemote(_ environment: [String: String]) -> Bool {
        ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].contains { !(environment[$0] ?? "").isEmpty }
            || environment.keys.contains { $0.hasPrefix("MOSH_") }
    }

    /// Milliseconds to wait: the wish, or what suits the line.
    static func milliseconds(wish: Int?, environment: [String: String]) -> Int {
        if let wish { return max(1, min(longest, wish)) }
        return isRemote(environment) ? remote : local
    }
}
