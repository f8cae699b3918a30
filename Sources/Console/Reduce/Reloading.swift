import TerminalKit

extension ConsoleState {
    /// Takes over what changed in the settings. What the operator chose since the start stays where they say nothing new;
    /// what the terminal and the deck were opened with needs a new start.
    mutating func take(_ reload: Reload) -> [ConsoleEffect] {
        let before = configuration
        let next = reload.configuration
        configuration.themes = next.themes
        configuration.label = next.label
        configuration.borders = next.borders
        configuration.timeZoneOffset = next.timeZoneOffset
        configuration.refresh = next.refresh
        configuration.layout = next.layout
        configuration.maxTokens = next.maxTokens
        configuration.takesMouse = next.takesMouse
        configuration.theme = next.theme
        var effects: [ConsoleEffect] = []
        if next.theme != before.theme || !next.themes.contains(theme) { theme = next.theme }
        if next.layout != before.layout { overviewLayout = next.layout }
        if next.maxTokens != before.maxTokens { desk.maxTokens = next.maxTokens }
        if next.refresh != before.refresh {
            refresh = next.refresh
            effects.append(.setRefresh(refresh))
        }
        if next.takesMouse != before.takesMouse, takesMouse != next.takesMouse {
            takesMouse = next.takesMouse
            effects.append(.setMouse(takesMouse))
        }
        if let problem = reload.problems.first {
            say("settings read, but \(problem)", .warning)
        } else {
            say(configuration == before ? "settings and themes read: nothing new is set" : "settings and themes read")
        }
        // The theme of this name may look different now.
        return effects + [.setTheme(theme)]
    }
}
