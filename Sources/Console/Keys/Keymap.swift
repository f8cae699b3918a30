import TerminalKit

/// Every binding of the console.
public enum Keymap {
    private static let tables: Set<View.Kind> = [.overview, .adapters]
    private static let withAdapter: Set<View.Kind> = [.overview, .adapters, .detail, .pages, .page]
    private static let sortable: Set<View.Kind> = [.pages, .overview, .adapters, .latency, .requests]
    /// Lists whose rows open.
    private static let openable: Set<View.Kind> = [.pages, .batch, .latency, .requests]

    /// In the order of help and hints.
    public static let actions: [KeyAction] = [
        KeyAction(
            .enter, .detail, "detail: facts, proof of effect, running requests", hint: "detail", in: tables),
        KeyAction(
            .enter, .open, "open what is under the cursor: page, step, adapter, request", hint: "open", in: openable),
        KeyAction(.character("l"), .load, "load into the pool", hint: "load", in: withAdapter),
        KeyAction(
            .character("e"), .evict, "evict from the pool (asks first)", hint: "evict", isDangerous: true,
            in: withAdapter),
        KeyAction(.character("p"), .pin, "pin, or unpin", hint: "pin", in: withAdapter),
        KeyAction(
            .character("L"), .loadFrom, "load from a path: dry run first, proof of effect after", hint: "from path",
            in: withAdapter),
        KeyAction(.character("v"), .versions, "versions: roll back to one", hint: "versions", in: withAdapter),
        KeyAction(
            .character("X"), .unregister, "unregister (asks first)", isDangerous: true, in: withAdapter),
        KeyAction(
            .character("x"), .abort, "abort the request (asks first)", hint: "abort", isDangerous: true,
            in: [.requests, .request]),
        KeyAction(.character("t"), .prompt, "send a test prompt", hint: "test", in: withAdapter),
        KeyAction(.character(" "), .mark, "mark, or unmark", hint: "mark", in: tables),
        KeyAction(
            .character("c"), .compare, "compare: one prompt to all marked and the base, in one batch", hint: "compare",
            in: tables),
        KeyAction(.enter, .send, "in the text: send; in the lists: pick", hint: "send", in: [.prompt]),
        KeyAction(.character(" "), .toggleTarget, "choose a target, or not", hint: "choose", in: [.prompt]),
        KeyAction(.character("x"), .stop, "stop the running answers", hint: "stop", in: [.prompt]),
        KeyAction(.character("o"), .options, "options: most tokens, temperature, seed", hint: "options", in: [.prompt]),
        KeyAction(.character("a"), .savePrompt, "save the prompt for an adapter", hint: "save", in: [.prompt]),
        KeyAction(.character("e"), .editPrompt, "edit the saved prompt", hint: "edit", in: [.prompt]),
        KeyAction(
            .character("d"), .deletePrompt, "delete the saved prompt (asks first)", hint: "delete", in: [.prompt]),
        KeyAction(
            .character("/"), .filter, "filter as you type: a|b either, !a without; empty shows all", hint: "filter",
            in: [.pages, .overview, .adapters, .requests, .prompt, .events]),
        KeyAction(.character("s"), .sort, "sort by the next column", hint: "sort", in: sortable),
        KeyAction(.character("r"), .reverse, "reverse the order", hint: "reverse", in: sortable),
        KeyAction(.character("f"), .follow, "follow the newest", hint: "follow", in: [.events, .batch]),
        KeyAction(.character("n"), .nextPage, "to the owner's next page", hint: "next page", in: [.pages]),
        KeyAction(.character("N"), .previousPage, "to the owner's page before", in: [.pages]),
        KeyAction(.character(">"), .zoomIn, "zoom in", hint: "zoom", in: [.pages]),
        KeyAction(.character("<"), .zoomOut, "zoom out", in: [.pages]),
        KeyAction(.character("V"), .layout, "next layout", hint: "layout", in: [.overview]),

        KeyAction(.up, .up, "up", aliases: [.character("k")]),
        KeyAction(.down, .down, "down", aliases: [.character("j")]),
        KeyAction(
            .left, .earlier, "back in time; PgUp a minute, g to the oldest", hint: "back in time",
            aliases: [.character("h")], in: [.history]),
        KeyAction(
            .right, .later, "forward in time; PgDn a minute, End to now", hint: "forward", aliases: [.character("l")],
            in: [.history]),
        KeyAction(
            .character("m"), .measure, "time to first token, or between tokens", hint: "ttft/itl", in: [.latency]),
        KeyAction(.character(">"), .wider, "a longer time", hint: "longer", in: [.latency, .history]),
        KeyAction(.character("<"), .narrower, "a shorter time", hint: "shorter", in: [.latency, .history]),
        KeyAction(.left, .left, "previous answers", aliases: [.character("h")], in: [.prompt]),
        KeyAction(.right, .right, "next answers", aliases: [.character("l")], in: [.prompt]),
        KeyAction(.left, .left, "a page, a step or a value back", in: [.pages, .batch, .plan]),
        KeyAction(.right, .right, "a page, a step or a value on", in: [.pages, .batch, .plan]),
        KeyAction(
            .enter, .typeValues, "type the values: rank, targets, tokens, budget, page", hint: "type values",
            in: [.plan]),
        KeyAction(.pageUp, .pageUp, "a page up", aliases: [.control("b")]),
        KeyAction(.pageDown, .pageDown, "a page down", aliases: [.control("f")]),
        KeyAction(.character("g"), .top, "to the top", aliases: [.home]),
        KeyAction(.character("G"), .bottom, "to the bottom", aliases: [.end]),
        KeyAction(.tab, .nextPanel, "next panel", hint: "panel", in: [.prompt, .pages, .batch, .latency]),
        KeyAction(.backTab, .previousPanel, "previous panel", in: [.prompt, .pages, .batch, .latency]),

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
        KeyAction(.character("["), .earlier, "a moment back in time"),
        KeyAction(.character("]"), .later, "a moment forward, up to now"),
        KeyAction(.character("{"), .previousEvent, "back to the event before"),
        KeyAction(.character("}"), .nextEvent, "on to the next event"),
        KeyAction(.character("O"), .cost, "what the console itself costs, shown or not"),
        KeyAction(.character("z"), .pause, "pause the screen, or go on; answers go on streaming", hint: "pause"),
        KeyAction(.character("u"), .undo, "undo the last action", hint: "undo"),
        KeyAction(.character("A"), .admission, "pause admission (asks first), or resume it", isDangerous: true),
        KeyAction(.character("y"), .copy, "copy a name, digest, answer, message or command", hint: "copy"),
        KeyAction(.control("s"), .dump, "dump the screen or its table to a file"),
        KeyAction(.character("M"), .mouse, "mouse on, or off"),
        KeyAction(.character("T"), .theme, "theme, with preview"),
        KeyAction(.character("+"), .faster, "refresh faster", aliases: [.character("=")]),
        KeyAction(.character("-"), .slower, "refresh slower"),
        KeyAction(.control("l"), .redraw, "redraw everything"),
        KeyAction(.control("z"), .suspend, "suspend"),
        KeyAction(.escape, .back, "back; q on the first screen quits", hint: "back", aliases: [.character("q")]),
        KeyAction(.character("Q"), .quit, "quit", hint: "quit", aliases: [.control("c")]),
    ]

    /// The binding of an action, wherever it holds.
    static func action(_ id: ActionID) -> KeyAction? { actions.first { $0.id == id } }

    /// The bindings of one kind of view.
    public static func actions(in view: View.Kind) -> [KeyAction] { actions.filter { $0.views.contains(view) } }

    /// What a key means in one kind of view.
    public static func action(for key: Key, in view: View.Kind) -> KeyAction? {
        actions.first { $0.views.contains(view) && ($0.key == key || $0.aliases.contains(key)) }
    }
}
