import TerminalKit

/// Every binding of the console.
public enum Keymap {
    private static let tables: Set<View.Kind> = [.overview, .adapters]
    private static let withAdapter: Set<View.Kind> = [.overview, .adapters, .detail]
    /// Lists whose rows open.
    private static let openable: Set<View.Kind> = [.pages, .batch, .requests]

    /// In the order of help and hints.
    public static let actions: [KeyAction] = [
        KeyAction(
            .enter, .detail, "detail: facts, proof of effect, running requests", hint: "detail", in: tables),
        KeyAction(.enter, .open, "open the page, step or request under the cursor", hint: "open", in: openable),
        KeyAction(.character("l"), .load, "load into the pool", hint: "load", in: withAdapter),
        KeyAction(
            .character("e"), .evict, "evict from the pool (asks first)", hint: "evict", isDangerous: true,
            in: withAdapter),
        KeyAction(.character("p"), .pin, "pin, or unpin", hint: "pin", in: withAdapter),
        KeyAction(.character("t"), .prompt, "send a test prompt", hint: "test", in: withAdapter),
        KeyAction(.character(" "), .mark, "mark, or unmark", hint: "mark", in: tables),
        KeyAction(
            .character("c"), .compare, "compare: one prompt to all marked and the base, in one batch", hint: "compare",
            in: tables),
        KeyAction(.enter, .send, "in the text: send; in the lists: pick", hint: "send", in: [.prompt]),
        KeyAction(.character(" "), .toggleTarget, "choose a target, or not", hint: "choose", in: [.prompt]),
        KeyAction(.character("x"), .stop, "stop the running answers", hint: "stop", in: [.prompt]),
        KeyAction(
            .character("/"), .filter, "filter as you type: a|b either, !a without; empty shows all", hint: "filter",
            in: [.overview, .adapters, .prompt, .events]),
        KeyAction(.character("s"), .sort, "sort by the next column", hint: "sort", in: tables),
        KeyAction(.character("r"), .reverse, "reverse the order", hint: "reverse", in: tables),
        KeyAction(.character("f"), .follow, "follow the newest event", hint: "follow", in: [.events]),

        KeyAction(.up, .up, "up", aliases: [.character("k")]),
        KeyAction(.down, .down, "down", aliases: [.character("j")]),
        KeyAction(.left, .left, "previous answers", aliases: [.character("h")], in: [.prompt]),
        KeyAction(.right, .right, "next answers", aliases: [.character("l")], in: [.prompt]),
        KeyAction(.pageUp, .pageUp, "a page up", aliases: [.control("b")]),
        KeyAction(.pageDown, .pageDown, "a page down", aliases: [.control("f")]),
        KeyAction(.character("g"), .top, "to the top", aliases: [.home]),
        KeyAction(.character("G"), .bottom, "to the bottom", aliases: [.end]),
        KeyAction(.tab, .nextPanel, "next panel", hint: "panel", in: [.prompt]),
        KeyAction(.backTab, .previousPanel, "previous panel", in: [.prompt]),

        KeyAction(.character("1"), .showOverview, "overview"),
        KeyAction(.character("2"), .showAdapters, "adapters"),
        KeyAction(.character("3"), .showPages, "pages: who holds the pool"),
        KeyAction(.character("4"), .showBatch, "batch: what the steps are made of, and who waits"),
        KeyAction(.character("5"), .showLatency, "latency"),
        KeyAction(.character("6"), .showRequests, "requests"),
        KeyAction(.character("7"), .showPrompt, "prompt"),
        KeyAction(.character("8"), .showEvents, "events"),
        KeyAction(.character("9"), .showHistory, "history"),
        KeyAction(.character("w"), .showPlan, "what-if plan: what fits now, and what would"),
        KeyAction(.character("R"), .showReplicas, "the engines of a fleet"),

        KeyAction(.character(":"), .command, "command line (Tab completes)", hint: "command"),
        KeyAction(.character("?"), .help, "help", hint: "help", aliases: [.function(1)]),
        KeyAction(.character("z"), .pause, "pause the screen, or go on; answers go on streaming", hint: "pause"),
        KeyAction(.character("T"), .theme, "next theme"),
        KeyAction(.character("+"), .faster, "refresh faster", aliases: [.character("=")]),
        KeyAction(.character("-"), .slower, "refresh slower"),
        KeyAction(.control("l"), .redraw, "redraw everything"),
        KeyAction(.control("z"), .suspend, "suspend"),
        KeyAction(.escape, .back, "back; q on the first screen quits", hint: "back", aliases: [.character("q")]),
        KeyAction(.character("Q"), .quit, "quit", hint: "quit", aliases: [.control("c")]),
    ]

    /// The bindings of one kind of view.
    public static func actions(in view: View.Kind) -> [KeyAction] { actions.filter { $0.views.contains(view) } }

    /// What a key means in one kind of view.
    public static func action(for key: Key, in view: View.Kind) -> KeyAction? {
        actions.first { $0.views.contains(view) && ($0.key == key || $0.aliases.contains(key)) }
    }
}
