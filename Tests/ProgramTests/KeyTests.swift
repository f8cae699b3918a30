import Console
import Synchronization
import TestSupport
import Testing

extension RealProgram {
    /// Every key of the keymap, pressed on the real program in one terminal after another.
    @Suite(.serialized) struct KeyTests {
        private static let pressed = Mutex<(scenarios: Int, presses: Set<KeyPane.Press>)>((0, []))

        @Test(arguments: KeyScenario.all) func keys(_ scenario: KeyScenario) throws {
            let pane = try KeyPane()
            try scenario.play(pane)
            Self.pressed.withLock {
                $0.scenarios += 1
                $0.presses.formUnion(pane.presses)
            }
        }

        /// Of each binding, every key in one of its views at least. Comes last; says nothing when not all have run.
        @Test func noKeyOfTheKeymapIsMissed() {
            let (scenarios, presses) = Self.pressed.withLock { $0 }
            guard scenarios == KeyScenario.all.count else { return }
            for action in Keymap.actions {
                for key in [action.key] + action.aliases {
                    let isPressed = action.views.contains { view in
                        presses.contains(KeyPane.Press(view: view.rawValue, key: key.label))
                    }
                    #expect(isPressed, "\(key.label) (\(action.title)) was not pressed")
                }
            }
        }
    }
}
